internal import Synchronization

/// The answers that have come all at once, on their way to the I/O threads.
///
/// To wake a thread costs as much as to write an answer. So thousands are not handed over one by one: each
/// thread takes a batch, and looks for another when it is through.
final class LateWrites: Sendable {
    typealias Work = @Sendable (_ isActive: Bool) -> Void

    /// Written before other work on the threads gets its turn: about a millisecond's worth.
    private static let batch = 64

    /// Taken ones that may still lie in the queue.
    private static let mostTaken = 1_024

    private struct State {
        /// First come, first served: those before `next` are taken.
        var waiting: [Work] = []
        var next = 0
        var takers = 0
    }

    private let threads: IOThreads
    private let mostTakers: Int
    private let state = Mutex(State())

    init(threads: IOThreads, count: Int) {
        self.threads = threads
        mostTakers = count
    }

    /// Runs `work` on one of the threads, soon.
    func add(_ work: @escaping Work) {
        let needsTaker = state.withLock { state in
            state.waiting.append(work)
            guard state.takers < mostTakers else { return false }
            state.takers += 1
            return true
        }
        if needsTaker { take() }
    }

    private func take() {
        threads.submit { [self] isActive in
            let works = state.withLock { state in
                let end = min(state.next + Self.batch, state.waiting.count)
                let works = Array(state.waiting[state.next..<end])
                state.next = end
                if state.next == state.waiting.count {
                    state.waiting.removeAll(keepingCapacity: false)
                    state.next = 0
                } else if state.next >= Self.mostTaken {
                    // Under steady load the queue is never empty, and those taken hold their answers.
                    state.waiting.removeFirst(state.next)
                    state.next = 0
                }
                if works.isEmpty { state.takers -= 1 }
                return works
            }
            guard !works.isEmpty else { return }
            for work in works { work(isActive) }
            take()
        }
    }
}
