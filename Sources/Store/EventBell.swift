package import Domain
import Synchronization

/// Wakes those who wait for a discussion's events.
///
/// It says only "look again"; the log holds the truth.
///
/// Order of work: arm a waiter, read the log, only then wait; so nothing is missed in between.
package final class EventBell: Sendable {
    private struct Armed {
        var next = 0
        var waiters: [DiscussionID: [Int: Waiter]] = [:]
    }

    private let armed = Mutex(Armed())

    package init() {}

    /// A waiter that is rung by the next commit on `discussion`.
    ///
    /// Wait on it once, or disarm it.
    package func arm(_ discussion: DiscussionID) -> Waiter {
        let waiter = Waiter()
        let number = armed.withLock { armed in
            armed.next += 1
            armed.waiters[discussion, default: [:]][armed.next] = waiter
            return armed.next
        }
        waiter.onDisarm { [weak self] in self?.remove(number, of: discussion) }
        return waiter
    }

    /// Wakes all waiters of `discussions`.
    func ring(_ discussions: Set<DiscussionID>) {
        let rung = armed.withLock { armed in
            discussions.flatMap { armed.waiters.removeValue(forKey: $0).map { Array($0.values) } ?? [] }
        }
        for waiter in rung { waiter.ring() }
    }

    /// How many waiters are armed.
    package var count: Int {
        armed.withLock { armed in armed.waiters.values.reduce(0) { $0 + $1.count } }
    }

    private func remove(_ number: Int, of discussion: DiscussionID) {
        armed.withLock { armed in
            armed.waiters[discussion]?[number] = nil
            if armed.waiters[discussion]?.isEmpty == true { armed.waiters[discussion] = nil }
        }
    }
}

/// One armed wait.
package final class Waiter: Sendable {
    private enum State {
        case armed
        case waiting(CheckedContinuation<Bool, Never>)
        case over(rung: Bool)
    }

    private let state = Mutex(State.armed)
    private let disarming = Mutex<(@Sendable () -> Void)?>(nil)

    func onDisarm(_ action: @escaping @Sendable () -> Void) {
        disarming.withLock { $0 = action }
    }

    /// Waits until rung, at most for `limit`, or until the task is cancelled.
    ///
    /// - Returns: whether it was rung.
    package func wait(atMost limit: Duration) async -> Bool {
        let timer = Task { [self] in
            try await Task.sleep(for: limit)
            end(rung: false)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let over: Bool? = state.withLock { state in
                    if case .over(let rung) = state { return rung }
                    state = .waiting(continuation)
                    return nil
                }
                if let over { continuation.resume(returning: over) }
            }
        } onCancel: {
            end(rung: false)
        }
    }

    /// Gives the wait up; needed where ``wait(atMost:)`` is not called after all.
    package func disarm() { end(rung: false) }

    func ring() { end(rung: true) }

    private func end(rung: Bool) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            defer { if case .over = state {} else { state = .over(rung: rung) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        disarming.withLock { action in
            defer { action = nil }
            return action
        }?()
        waiting?.resume(returning: rung)
    }
}
