import Foundation

/// One thread that may wait for the network, and the work that waits for it.
///
/// Of its own: a server that hangs would keep threads of a pool that everybody shares.
final class WorkThread: Sendable {
    /// Its list is only touched under the condition's lock, hence `@unchecked`.
    private final class Queue: @unchecked Sendable {
        let condition = NSCondition()
        var work: [@Sendable () -> Void] = []
        var isClosed = false
    }

    private let queue = Queue()
    private let most: Int

    /// - Parameter most: how much work may wait.
    init(named name: String, most: Int) {
        self.most = most
        let thread = Thread { [queue] in Self.work(on: queue) }
        thread.name = name
        thread.start()
    }

    /// It ends when nothing is left to do.
    deinit {
        queue.condition.withLock { queue.isClosed = true }
        queue.condition.broadcast()
    }

    /// Has `work` done when its turn comes.
    ///
    /// - Returns: false when too much waits already; it is then not done.
    func add(_ work: @escaping @Sendable () -> Void) -> Bool {
        let isTaken = queue.condition.withLock {
            guard queue.work.count < most else { return false }
            queue.work.append(work)
            return true
        }
        if isTaken { queue.condition.signal() }
        return isTaken
    }

    private static func work(on queue: Queue) {
        while true {
            queue.condition.lock()
            while queue.work.isEmpty, !queue.isClosed { queue.condition.wait() }
            let next = queue.work.isEmpty ? nil : queue.work.removeFirst()
            queue.condition.unlock()
            guard let next else { return }
            next()
        }
    }
}
