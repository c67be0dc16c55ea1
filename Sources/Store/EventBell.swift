package import Domain
import Synchronization

/// Wakes those who wait for events, of one discussion or of all that a person has.
///
/// It says only "look again"; the log holds the truth.
///
/// Order of work: arm a waiter, read the log, only then wait; so nothing is missed in between. A waiter is an
/// entry here and nothing else: no task, no timer and no database connection of its own.
package final class EventBell: Sendable {
    /// What can be waited for.
    package enum Topic: Sendable, Hashable {
        case discussion(DiscussionID)
        case person(PersonID)
    }

    private struct Armed {
        var next = 0
        var rings = 0
        var waiters: [Topic: [Int: Waiter]] = [:]
        var deadlines = DeadlineWheel()
        var timed: [Int: Waiter] = [:]
        var isTicking = false
    }

    private let armed = Mutex(Armed())

    package init() {}

    /// How often it has rung.
    ///
    /// A read of the log that begins when it has rung N times holds all that the first N rings told of.
    package var rings: Int { armed.withLock { $0.rings } }

    /// A waiter that is rung by the next commit on `discussion`.
    ///
    /// Wait on it once, or disarm it.
    package func arm(_ discussion: DiscussionID) -> Waiter { arm(.discussion(discussion)) }

    /// A waiter that is rung by the next commit on `topic`; without one, only its time ends it.
    package func arm(_ topic: Topic?) -> Waiter {
        armed.withLock { armed in
            armed.next += 1
            let waiter = Waiter(number: armed.next, topic: topic, rings: armed.rings, bell: self)
            if let topic { armed.waiters[topic, default: [:]][armed.next] = waiter }
            return waiter
        }
    }

    /// Wakes all waiters of `topics`.
    ///
    /// - Parameter always: counts as a ring although nobody is woken: the log was changed in another way.
    func ring(_ topics: Set<Topic>, always: Bool = false) {
        guard always || !topics.isEmpty else { return }
        let rung = armed.withLock { armed in
            armed.rings += 1
            let rung = topics.flatMap { topic in
                armed.waiters.removeValue(forKey: topic).map { Array($0.values) } ?? []
            }
            for waiter in rung where armed.timed.removeValue(forKey: waiter.number) != nil {
                armed.deadlines.remove(waiter.number)
            }
            return rung
        }
        for waiter in rung { waiter.end(rung: true) }
    }

    /// How many waiters are armed for a topic.
    package var count: Int {
        armed.withLock { armed in armed.waiters.values.reduce(0) { $0 + $1.count } }
    }

    /// Ends the waiter's time after `limit`, unless it is over before.
    func time(_ waiter: Waiter, atMost limit: Duration) {
        let begins = armed.withLock { armed in
            armed.timed[waiter.number] = waiter
            armed.deadlines.insert(waiter.number, at: .now + limit)
            defer { armed.isTicking = true }
            return !armed.isTicking
        }
        if begins { tick() }
        // Rung before it was timed: the entry would stay until its deadline.
        if waiter.isOver { remove(waiter) }
    }

    func remove(_ waiter: Waiter) {
        armed.withLock { armed in
            if let topic = waiter.topic {
                armed.waiters[topic]?[waiter.number] = nil
                if armed.waiters[topic]?.isEmpty == true { armed.waiters[topic] = nil }
            }
            if armed.timed.removeValue(forKey: waiter.number) != nil {
                armed.deadlines.remove(waiter.number)
            }
        }
    }

    /// One timer for all that wait; it rests when nobody does.
    private func tick() {
        Task {
            while true {
                try? await Task.sleep(for: DeadlineWheel.grain)
                let (late, isIdle) = armed.withLock { armed in
                    let late = armed.deadlines.expire(at: .now).compactMap {
                        armed.timed.removeValue(forKey: $0)
                    }
                    armed.isTicking = !armed.timed.isEmpty
                    return (late, !armed.isTicking)
                }
                for waiter in late {
                    remove(waiter)
                    waiter.end(rung: false)
                }
                if isIdle { return }
            }
        }
    }
}
