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

    private enum State: Equatable {
        case closed(failures: Int)
        case open(until: ContinuousClock.Instant)
        /// One request is on its way; its end decides.
        case trying
    }

    private var state = State.closed(failures: 0)

    package init() {}

    /// Whether requests are kept away now, also by a trial that is under way.
    package var isOpen: Bool {
        if case .closed = state { false } else { true }
    }

    /// Asks to send a request.
    ///
    /// - Returns: nil when it may go; else how long the provider is still left alone, zero while a trial is
    ///   under way.
    package mutating func admit(at now: ContinuousClock.Instant) -> Duration? {
        switch state {
        case .closed:
            return nil
        case .open(let until):
            guard now >= until else { return until - now }
            state = .trying
            return nil
        case .trying:
            return .zero
        }
    }

    /// How long the provider is still left alone; nil when requests go through.
    package func rest(at now: ContinuousClock.Instant) -> Duration? {
        switch state {
        case .closed: nil
        case .open(let until): max(.zero, until - now)
        case .trying: .zero
        }
    }

    /// A request was answered, or refused for a reason that lies in the request.
    package mutating func succeeded() {
        state = .closed(failures: 0)
    }

    /// A request failed for a reason that lies in the provider.
    package mutating func failed(at now: ContinuousClock.Instant) {
        switch state {
        case .closed(let failures) where failures + 1 < Self.failuresToOpen:
            state = .closed(failures: failures + 1)
        case .closed, .trying:
            state = .open(until: now + Self.rest)
        case .open:
            // It was on its way when others opened the breaker.
            break
        }
    }

    /// A request ended without telling anything of the provider: it was cancelled.
    package mutating func abandoned(at now: ContinuousClock.Instant) {
        // The next one tries in its place.
        if case .trying = state { state = .open(until: now) }
    }
}
