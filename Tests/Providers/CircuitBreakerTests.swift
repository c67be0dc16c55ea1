import Providers
import Testing

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    private let start = ContinuousClock.now

    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker()
        for _ in 0..<CircuitBreaker.failuresToOpen { breaker.failed(at: start) }
        return breaker
    }

    @Test func `lets requests through until five have failed in a row`() {
        var breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.failed(at: start) }
        #expect(breaker.admit(at: start) == nil)
        breaker.succeeded()
        for _ in 0..<4 { breaker.failed(at: start) }
        #expect(!breaker.isOpen)
        breaker.failed(at: start)
        #expect(breaker.admit(at: start) == .seconds(30))
        #expect(breaker.rest(at: start + .seconds(10)) == .seconds(20))
    }

    @Test func `lets one request through after 30 seconds, whose end decides`() {
        var breaker = opened()
        let later = start + .seconds(30)
        #expect(breaker.admit(at: later) == nil)
        // Everybody else waits for that one.
        #expect(breaker.admit(at: later) == .zero)
        var failed = breaker
        failed.failed(at: later)
        #expect(failed.admit(at: later) == .seconds(30))
        breaker.succeeded()
        #expect(breaker.admit(at: later) == nil)
        #expect(breaker.admit(at: later) == nil)
    }

    @Test func `lets the next one through when the trial was given up`() {
        var breaker = opened()
        let later = start + .seconds(31)
        _ = breaker.admit(at: later)
        breaker.abandoned(at: later)
        #expect(breaker.admit(at: later) == nil)
    }

    @Test func `is not held open longer by requests that were on their way when it opened`() {
        var breaker = opened()
        breaker.failed(at: start + .seconds(20))
        #expect(breaker.rest(at: start + .seconds(20)) == .seconds(10))
    }
}

@Suite("The token bucket")
struct TokenBucketTests {
    private let start = ContinuousClock.now

    @Test func `holds nothing back before the first 429`() {
        var bucket = TokenBucket()
        for number in 0..<1_000 {
            #expect(bucket.reserve(at: start + .milliseconds(number), within: .zero) == .zero)
        }
    }

    @Test func `after a 429 sends less than in the minute before it, evenly`() {
        var bucket = TokenBucket()
        for second in 0..<60 { _ = bucket.reserve(at: start + .seconds(second), within: .zero) }
        let now = start + .seconds(59)
        bucket.refused(at: now, retryAfter: nil)
        let rate = bucket.rate ?? 0
        #expect((0.6...0.7).contains(rate), "\(rate)")
        var sent: [Duration] = []
        for _ in 0..<10 { sent.append(bucket.reserve(at: now, within: .seconds(60)) ?? .zero) }
        for (one, next) in zip(sent, sent.dropFirst()) {
            #expect(abs((next - one) / .seconds(1) - 1 / rate) < 0.01)
        }
    }

    @Test func `learns no pace from a 429 after a few requests, but keeps the pause that it asks for`() {
        var bucket = TokenBucket()
        for _ in 0..<3 { _ = bucket.reserve(at: start, within: .zero) }
        bucket.refused(at: start, retryAfter: .seconds(5))
        #expect(bucket.rate == nil)
        #expect(bucket.reserve(at: start, within: .seconds(60)) == .seconds(5))
        #expect(bucket.reserve(at: start + .seconds(5), within: .zero) == .zero)
    }

    @Test func `reserves nothing where the wait would be too long`() {
        var bucket = TokenBucket()
        _ = bucket.reserve(at: start, within: .zero)
        bucket.refused(at: start, retryAfter: .seconds(20))
        #expect(bucket.reserve(at: start, within: .seconds(19)) == nil)
        let wait = bucket.reserve(at: start, within: .seconds(3_600)) ?? .zero
        #expect(wait >= .seconds(20))
    }

    @Test func `becomes faster with every answer, until it holds nothing back`() throws {
        var bucket = TokenBucket()
        for second in 0..<60 { _ = bucket.reserve(at: start + .seconds(second), within: .zero) }
        bucket.refused(at: start + .seconds(60), retryAfter: nil)
        var before = bucket.rate ?? 1
        var answers = 0
        while let rate = bucket.rate {
            #expect(rate >= before)
            before = rate
            bucket.accepted()
            answers += 1
            try #require(answers < 1_000)
        }
        #expect(answers > 20)
    }

    @Test func `never becomes slower than one request a minute`() {
        var bucket = TokenBucket()
        for _ in 0..<50 { _ = bucket.reserve(at: start, within: .zero) }
        for _ in 0..<50 { bucket.refused(at: start, retryAfter: nil) }
        #expect((bucket.rate ?? 0) >= 1.0 / 60)
    }
}
