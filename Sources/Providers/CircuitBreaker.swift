/// Leaves a provider alone that has failed several times in a row, and lets one request through to find out
/// whether it is back.
///
/// A value without a clock: every input carries its instant.
package struct CircuitBreaker: Sendable, Equatable {
    /// Failures in a row after which it opens: more than the tries of one message, so that one unlucky message
    /// takes no provider away from the others.
    package static let failuresToOpen = 5
    /// How long it stays open.
    package static let rest = Duration.seconds(30)

    /// What a request that wants to go is told.
    package enum Admission: Sendable, Equatable {
        /// It may go; the end of a trial decides for everybody.
        case go(asTrial: Bool)
        /// The provider is left alone for so long; zero while a trial is under way.
        case rest(Duration)
    }

    private enum State: Equatable {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant)
        /// One request is on its way; its end decides.
        case trying
    }

    private var state = State.closed(failures: 0)

    package init() {}

    /// Asks to send a request.
    package mutating func admit(at now: ContinuousClock.Instant) -> Admission {
        switch state {
        case .closed:
            return .go(asTrial: false)
        case .open(let until):
            guard now >= until else { return .rest(until - now) }
            state = .trying
            return .go(asTrial: true)
        case .trying:
            return .rest(.zero)
        }
    }

    /// How long the provider is still left alone; nil when the next request may go.
    package func rest(at now: ContinuousClock.Instant) -> Duration? {
        guard case .open(let until) = state, now < until else { return nil }
        return until - now
    }

    /// A request was answered, or refused for a reason that lies in the request.
    package mutating func succeeded(asTrial: Bool) {
        guard asTrial || isClosed else { return }
        state = .closed(failures: 0)
    }

    /// A request failed for a reason that lies in the provider.
    package mutating func failed(asTrial: Bool, at now: ContinuousClock.Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < Self.failuresToOpen:
            state = .closed(failures: failures + 1)
        case .closed:
            state = .open(until: now + Self.rest)
        case .trying where asTrial:
            state = .open(until: now + Self.rest)
        case .open, .trying:
            // It was on its way when others opened the breaker.
            break
        }
    }

    /// A request ended without telling anything of the provider: it was cancelled.
    package mutating func abandoned(asTrial: Bool, at now: ContinuousClock.Instant) {
        // The next one tries in its place.
        if asTrial, case .trying = state { state = .open(until: now) }
    }

    private var isClosed: Bool {
        if case .closed = state { true } else { false }
    }
}
