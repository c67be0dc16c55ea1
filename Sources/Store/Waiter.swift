import Synchronization

/// One armed wait.
package final class Waiter: Sendable {
    private enum State {
        case armed
        case waiting(@Sendable (_ rung: Bool) -> Void)
        case over(rung: Bool)
    }

    /// How often the bell had rung when this was armed: a log read that began then, or later, misses nothing.
    package let rings: Int
    let number: Int
    let topic: EventBell.Topic?
    private let bell: EventBell
    private let state = Mutex(State.armed)

    init(number: Int, topic: EventBell.Topic?, rings: Int, bell: EventBell) {
        self.number = number
        self.topic = topic
        self.rings = rings
        self.bell = bell
    }

    /// Has `action` called once: when rung, after `limit` at the latest, at once if it is over already; not when
    /// it is disarmed meanwhile.
    ///
    /// It may be called before this returns; it must be short, since all others wait for it.
    package func whenOver(atMost limit: Duration, _ action: @escaping @Sendable (_ rung: Bool) -> Void) {
        let over: Bool? = state.withLock { state in
            if case .over(let rung) = state { return rung }
            state = .waiting(action)
            return nil
        }
        if let over { return action(over) }
        bell.time(self, atMost: limit)
    }

    /// Waits until rung, at most for `limit`, or until the task is cancelled.
    ///
    /// - Returns: whether it was rung.
    package func wait(atMost limit: Duration) async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                whenOver(atMost: limit) { continuation.resume(returning: $0) }
            }
        } onCancel: {
            bell.remove(self)
            end(rung: false)
        }
    }

    /// Gives the wait up: its action is not called any more.
    package func disarm() {
        let wasOver = state.withLock { state in
            if case .over = state { return true }
            state = .over(rung: false)
            return false
        }
        // Whatever ended it has taken it out of the registry.
        if !wasOver { bell.remove(self) }
    }

    var isOver: Bool {
        state.withLock { state in
            if case .over = state { true } else { false }
        }
    }

    func end(rung: Bool) {
        let action: (@Sendable (Bool) -> Void)? = state.withLock { state in
            defer { if case .over = state {} else { state = .over(rung: rung) } }
            if case .waiting(let action) = state { return action }
            return nil
        }
        action?(rung)
    }
}
