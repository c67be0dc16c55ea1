import Domain
import NIOCore
import Store
import Synchronization

/// One poll that is held until there is news, its time is over, or another takes its place.
final class HeldPoll: LateAnswer {
    typealias Finish = @Sendable (ByteBuffer) -> Void

    private enum State {
        /// Not handed to the transport yet; `ended` says what it will answer at once when it is.
        case fresh(ended: Bool)
        case waiting(Finish)
        case over
    }

    private struct Held {
        var state = State.fresh(ended: false)
        var waiter: Waiter?
        var place: Polls.Place?
        /// When the bell rang for it.
        var rungAt: ContinuousClock.Instant?
        /// The log's end at the last look: with nothing new this far, a cursor may stand there.
        var newest: Int
    }

    let question: EventsQuestion
    private let store: Store
    private let readings: SharedReadings
    private let delivered: (@Sendable (Duration) -> Void)?
    private let deadline: ContinuousClock.Instant
    private let held: Mutex<Held>

    /// - Parameter delivered: told how long after the bell news were handed over.
    init(
        _ question: EventsQuestion,
        store: Store,
        readings: SharedReadings,
        hold: Duration,
        delivered: (@Sendable (Duration) -> Void)? = nil
    ) {
        self.delivered = delivered
        self.question = question
        self.store = store
        self.readings = readings
        deadline = .now + hold
        held = Mutex(Held(newest: question.after))
    }

    /// Takes the place and the armed waiter over, which it gives back when it is over.
    func keep(_ place: Polls.Place, _ waiter: Waiter) {
        held.withLock { held in
            held.place = place
            held.waiter = waiter
        }
    }

    func start(_ finish: @escaping Finish) {
        let (waiter, isEnded): (Waiter?, Bool) = held.withLock { held in
            switch held.state {
            case .fresh(let ended):
                held.state = .waiting(finish)
                return (held.waiter, ended)
            case .waiting, .over: return (nil, false)
            }
        }
        guard !isEnded else { return complete() }
        if let waiter { wait(waiter) }
    }

    func cancel() { _ = end() }

    /// The log has nothing for this poll up to here.
    func saw(newest: Int) { held.withLock { $0.newest = newest } }

    /// Answers at once, without events.
    func complete() {
        let isWaiting = held.withLock { held in
            switch held.state {
            case .fresh:
                held.state = .fresh(ended: true)
                return false
            case .waiting: return true
            case .over: return false
            }
        }
        guard isWaiting, let end = end() else { return }
        end.finish?(EventsAnswer.empty(cursor: end.newest))
    }

    private func wait(_ waiter: Waiter) {
        waiter.whenOver(atMost: deadline - .now) { [self] rung in
            if rung { held.withLock { $0.rungAt = .now } }
            look(since: store.bell.rings)
        }
    }

    private func look(since rings: Int) {
        readings.reading(of: question, since: rings) { [self] in take($0) }
    }

    /// Answers if there is news or the time is over; else waits again.
    private func take(_ outcome: Result<EventsReading, any Error>) {
        // Where the log cannot be read just now, the client asks again from where it was.
        guard case .success(let reading) = outcome else {
            return answer(EventsAnswer.empty(cursor: question.after))
        }
        // Held when its discussion was deleted, it still gets the event that tells so.
        if let events = reading.events {
            let rungAt = held.withLock { $0.rungAt }
            answer(events)
            if let rungAt { delivered?(.now - rungAt) }
            return
        }
        guard deadline > .now else { return answer(EventsAnswer.empty(cursor: reading.newest)) }
        // Rung for what is not for this poll: armed, read, and only then waited once more.
        let waiter = store.bell.arm(question.topic)
        let isWaiting = held.withLock { held in
            guard case .waiting = held.state else { return false }
            held.waiter = waiter
            held.newest = reading.newest
            return true
        }
        guard isWaiting else { return waiter.disarm() }
        readings.reading(of: question, since: waiter.rings) { [self] outcome in
            if case .success(let reading) = outcome, reading.events == nil {
                wait(waiter)
            } else {
                take(outcome)
            }
        }
    }

    private func answer(_ body: ByteBuffer) {
        end()?.finish?(body)
    }

    private struct End {
        let waiter: Waiter?
        let place: Polls.Place?
        let finish: Finish?
        let newest: Int
    }

    /// Ends the poll, once: gives back what it holds, and says who takes the answer.
    private func end() -> End? {
        let end: End? = held.withLock { held in
            if case .over = held.state { return nil }
            let finish: Finish? = if case .waiting(let finish) = held.state { finish } else { nil }
            let end = End(waiter: held.waiter, place: held.place, finish: finish, newest: held.newest)
            held = Held(state: .over, newest: held.newest)
            return end
        }
        end?.waiter?.disarm()
        end?.place?.leave()
        return end
    }
}
