import Domain
import Foundation

/// What one provider's guard remembers.
struct ProviderRecord {
    var breaker = CircuitBreaker()
    var bucket = TokenBucket()
    var requests = 0
    var retries = 0
    /// Tries that are under way.
    var inFlight = 0
    /// When it was last asked anything.
    var lastContact: ContinuousClock.Instant?

    private enum Sign {
        case answered, reachable, failed(ProviderError)
    }

    private var failures = 0
    private var lastSign: Sign?
    private(set) var lastFailure: ProviderState.Failure?

    mutating func succeeded(asTrial: Bool, at now: ContinuousClock.Instant) {
        ended(at: now)
        breaker.succeeded(asTrial: asTrial)
        bucket.accepted()
        lastSign = .answered
    }

    mutating func failed(
        _ error: ProviderError,
        sentAt: ContinuousClock.Instant,
        asTrial: Bool,
        at now: ContinuousClock.Instant
    ) {
        ended(at: now)
        failures += 1
        lastFailure = .init(sentence: error.sentence, at: Date())
        if case .rateLimited(let pause) = error.fault {
            bucket.refused(at: now, sentAt: sentAt, retryAfter: pause)
        }
        if error.isProvidersFault {
            breaker.failed(asTrial: asTrial, at: now)
        } else {
            // It is there, and answers: only not to this.
            breaker.succeeded(asTrial: asTrial)
        }
        if error.isProvidersFault || error.fault == .forbidden { lastSign = .failed(error) }
    }

    mutating func abandoned(asTrial: Bool, at now: ContinuousClock.Instant) {
        ended(at: now)
        breaker.abandoned(asTrial: asTrial, at: now)
    }

    private mutating func ended(at now: ContinuousClock.Instant) {
        inFlight -= 1
        lastContact = now
    }

    mutating func probed(_ health: ProviderHealth) {
        switch health {
        case .up:
            // That it lists its models does not disprove that it refuses to speak.
            if case .failed(let error)? = lastSign, !error.isDisprovedByProbe { return }
            if case .answered? = lastSign { return }
            lastSign = .reachable
        case .down(let error):
            lastSign = .failed(error)
            lastFailure = .init(sentence: error.sentence, at: Date())
        }
    }

    func isIdle(for idle: Duration, at now: ContinuousClock.Instant) -> Bool {
        inFlight == 0 && lastContact.map { now - $0 >= idle } ?? true
    }

    func state(of chat: any ChatProvider, waiting: Int, at now: ContinuousClock.Instant) -> ProviderState {
        let condition: ProviderState.Condition =
            if let rest = breaker.rest(at: now) {
                .resting(rest)
            } else if let pause = bucket.pause(at: now) {
                .limited(pause)
            } else {
                switch lastSign {
                case nil: .unknown
                case .answered?: .up
                case .reachable?: .reachable
                case .failed?: .failing
                }
            }
        return ProviderState(
            id: chat.id,
            model: chat.model,
            condition: condition,
            lastFailure: lastFailure,
            requests: requests,
            failures: failures,
            retries: retries,
            waiting: waiting,
            pace: bucket.rate.map { $0 * 60 }
        )
    }
}
