import Synchronization

/// So many may be in at once; the others wait, first come first served.
final class Slots: Sendable {
    private struct State {
        var free: Int
        var next = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Bool, any Error>)] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// How many are waiting.
    var waiting: Int { state.withLock(\.waiting.count) }

    /// Comes in as soon as there is room; whoever came in leaves by ``leave()``.
    ///
    /// - Parameter limit: how long to wait at most.
    /// - Returns: whether there was room in time.
    /// - Throws: `CancellationError`; then nobody came in.
    func enter(within limit: Duration) async throws -> Bool {
        let number: Int? = state.withLock { state in
            guard state.free == 0 else {
                state.free -= 1
                return nil
            }
            state.next += 1
            return state.next
        }
        guard let number else { return true }
        let timer = Task { [self] in
            try await Task.sleep(for: limit)
            end(number, .success(false))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Bool, any Error>? = state.withLock { state in
                    // A cancellation that came before this line found nobody to wake.
                    guard !Task.isCancelled else { return .failure(CancellationError()) }
                    guard state.free == 0 else {
                        state.free -= 1
                        return .success(true)
                    }
                    state.waiting.append((number, continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            end(number, .failure(CancellationError()))
        }
    }

    private func end(_ number: Int, _ outcome: Result<Bool, any Error>) {
        let waiting = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
        }
        waiting?.continuation.resume(with: outcome)
    }

    func leave() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil as CheckedContinuation<Bool, any Error>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
