import Synchronization

/// A door that opens once, or a counter that tests wait on; no sleeping.
final class Gate: Sendable {
    private struct Waiter {
        var goal: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var count = 0
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    /// Adds to the count and lets those go whose goal is reached.
    func add(_ amount: Int = 1) {
        let reached = state.withLock { state in
            state.count += amount
            let reached = state.waiters.filter { $0.value.goal <= state.count }
            for id in reached.keys { state.waiters[id] = nil }
            return reached.values
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    /// Waits for the goal, or for the end of a cancelled task, so that a time limit ends a test that hangs.
    func wait(for goal: Int = 1) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if state.count >= goal || Task.isCancelled { return true }
                    state.waiters[id] = Waiter(goal: goal, continuation: continuation)
                    return false
                }
                if goesOn { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume()
        }
    }
}

/// Suspends until the task is cancelled, as a parked poll does.
func park() async throws {
    try await Task.sleep(for: .seconds(3600))
}
