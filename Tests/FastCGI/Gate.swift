import Synchronization

/// A door that opens once, or a counter that tests wait on; no sleeping.
final class Gate: Sendable {
    private struct State {
        var count = 0
        var waiters: [(goal: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    /// Adds to the count and lets those go whose goal is reached.
    func add(_ amount: Int = 1) {
        let reached = state.withLock { state in
            state.count += amount
            let reached = state.waiters.filter { $0.goal <= state.count }
            state.waiters.removeAll { $0.goal <= state.count }
            return reached
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    func wait(for goal: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isReached = state.withLock { state in
                if state.count >= goal { return true }
                state.waiters.append((goal, continuation))
                return false
            }
            if isReached { continuation.resume() }
        }
    }
}

/// Suspends until the task is cancelled, as a parked poll does.
func park() async throws {
    try await Task.sleep(for: .seconds(3600))
}
