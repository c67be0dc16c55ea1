/// Whether a server is asked: after a failure not for a while, then again once it has answered a trial.
///
/// Pure: the clock is handed in.
struct ServerBreaker {
    enum Admission {
        case ask
        case leave
        /// Not asked by this request, which would wait for it; a trial beside it shall find out.
        case tryOut
    }

    private enum State {
        case closed
        case open(until: ContinuousClock.Instant)
        case onTrial
    }

    private let rest: Duration
    private var state = State.closed

    init(rest: Duration) {
        self.rest = rest
    }

    var isClosed: Bool { if case .closed = state { true } else { false } }

    mutating func admit(at now: ContinuousClock.Instant) -> Admission {
        switch state {
        case .closed: return .ask
        case .onTrial: return .leave
        case .open(let until):
            guard now >= until else { return .leave }
            state = .onTrial
            return .tryOut
        }
    }

    mutating func succeeded() { state = .closed }

    mutating func failed(at now: ContinuousClock.Instant) { state = .open(until: now + rest) }
}
