import Foundation

/// A few threads that may wait for the network, and the work that waits for them.
///
/// Of their own, not Dispatch's: a clamd that hangs would keep threads of a pool that everybody shares.
final class WaitingThreads: Sendable {
    /// Its lists are only touched under the condition's lock, hence `@unchecked`.
    private final class Queue: @unchecked Sendable {
        let condition = NSCondition()
        var work: [@Sendable () -> Void] = []
        /// Waiting and in work.
        var count = 0
        var isClosed = false
    }

    private let queue = Queue()

    init(_ count: Int, named name: String) {
        for _ in 0..<count {
            let queue = queue
            let thread = Thread { Self.work(on: queue) }
            thread.name = name
            thread.start()
        }
    }

    /// They end when nothing is left to do.
    deinit {
        queue.condition.withLock { queue.isClosed = true }
        queue.condition.broadcast()
    }

    /// What waits and what is in work.
    var count: Int { queue.condition.withLock { queue.count } }

    /// Runs `work` when its turn comes.
    func run<Value: Sendable>(
        _ work: @escaping @Sendable () throws(ScanFailure) -> Value
    ) async throws(ScanFailure) -> Value {
        let result: Result<Value, ScanFailure> = await withCheckedContinuation { continuation in
            let task: @Sendable () -> Void = {
                do throws(ScanFailure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            queue.condition.withLock {
                queue.work.append(task)
                queue.count += 1
            }
            queue.condition.signal()
        }
        return try result.get()
    }

    private static func work(on queue: Queue) {
        while true {
            queue.condition.lock()
            while queue.work.isEmpty, !queue.isClosed { queue.condition.wait() }
            let next = queue.work.isEmpty ? nil : queue.work.removeFirst()
            queue.condition.unlock()
            guard let next else { return }
            next()
            queue.condition.withLock { queue.count -= 1 }
        }
    }
}
