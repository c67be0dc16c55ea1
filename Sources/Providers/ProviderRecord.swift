import Domain
import Foundation

/// What one provider's guard remembers.
struct ProviderRecord {
    var breaker = CircuitBreaker()
    var bucket = TokenBucket()
    var retries = 0
    /// When it was last asked anything.
    var lastContact: ContinuousClock.Instant?

    private var requests = 0
    private var failures = 0
    private var isUp: Bool?
    private var lastFailure: ProviderState.Failure?
    private var lastAnswer: Date?

    mutating func succeeded(at now: ContinuousClock.Instant) {
        requests += 1
        breaker.succeeded()
        bucket.accepted()
        lastContact = now
        lastAnswer = Date()
        isUp = true
    }

    mutating func failed(_ error: ProviderError, at now: ContinuousClock.Instant) {
        requests += 1
        failures += 1
        lastContact = now
        lastFailure = .init(sentence: error.sentence, at: Date())
        if case .rateLimited(let pause) = error.fault { bucket.refused(at: now, retryAfter: pause) }
        if error.isProvidersFault {
            breaker.failed(at: now)
            isUp = false
        } else {
            // It is there, and answers: only not to this.
            breaker.succeeded()
        }
    }

    mutating func abandoned(at now: ContinuousClock.Instant) {
        requests += 1
        lastContact = now
        breaker.abandoned(at: now)
    }

    mutating func probed(_ health: ProviderHealth) {
        switch health {
        case .up:
            isUp = true
            lastAnswer = Date()
        case .down(let error):
            isUp = false
            lastFailure = .init(sentence: error.sentence, at: Date())
        }
    }

    func isIdle(for idle: Duration, at now: ContinuousClock.Instant) -> Bool {
        lastContact.map { now - $0 >= idle } ?? true
    }

    func state(of chat: any ChatProvider, waiting: Int, at now: ContinuousClock.Instant) -> ProviderState {
        let condition: ProviderState.Condition =
            if let rest = breaker.rest(at: now) { .resting(rest) } else {
                switch isUp {
                case nil: .unknown
                case true?: .up
                case false?: .failing
                }
            }
        return ProviderState(
            id: chat.id,
            model: chat.model,
            condition: condition,
            lastFailure: lastFailure,
            lastAnswer: lastAnswer,
            requests: requests,
            failures: failures,
            retries: retries,
            waiting: waiting,
            pace: bucket.rate.map { $0 * 60 }
        )
    }
}
