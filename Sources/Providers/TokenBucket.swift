/// Spaces requests out at the pace that the provider's 429s have taught.
///
/// Vendors tell their limits in many ways, and change them; a 429 is the one sign that all of them give. Until
/// the first one nothing is held back. A 429 sets the pace somewhat below what was sent in the minute before it;
/// every answer after that raises it a little, until it is so fast that it limits nothing.
///
/// A value without a clock: every input carries its instant.
package struct TokenBucket: Sendable, Equatable {
    private static let window = Duration.seconds(60)
    /// After a 429, so much of the minute before it.
    private static let backOff = 0.7
    /// After an answer, so much more.
    private static let recovery = 1.05
    /// One request a minute is the slowest pace: slower would look like a stuck table.
    private static let slowest = 1.0 / 60
    /// From ten requests a second on the limit is taken back: no table of ours asks that often.
    private static let fastest = 10.0
    /// Requests that may go at once after a pause.
    private static let burst = 2.0
    /// Fewer requests in the minute before a 429 say nothing of a pace: the limit may be on something else.
    private static let fewest = 10

    /// Requests a second; nil while nothing is held back.
    package private(set) var rate: Double?
    private var tokens = 0.0
    private var filledAt: ContinuousClock.Instant?
    private var closedUntil: ContinuousClock.Instant?
    /// When the requests of the last minute were sent; no more than limit anything.
    private var sent: [ContinuousClock.Instant] = []

    package init() {}

    /// Asks to send a request.
    ///
    /// - Parameter limit: the longest wait that is of use.
    /// - Returns: how long to wait before sending; nil, and nothing is reserved, if that is longer than `limit`.
    package mutating func reserve(at now: ContinuousClock.Instant, within limit: Duration) -> Duration? {
        fill(at: now)
        var wait = max(.zero, (closedUntil ?? now) - now)
        if let rate, tokens < 1 { wait = max(wait, .seconds((1 - tokens) / rate)) }
        guard wait <= limit else { return nil }
        if rate != nil { tokens -= 1 }
        remember(now + wait)
        return wait
    }

    /// The provider answered a request with 429.
    package mutating func refused(at now: ContinuousClock.Instant, retryAfter: Duration?) {
        fill(at: now)
        forget(before: now)
        if let retryAfter { closedUntil = max(closedUntil ?? now, now + retryAfter) }
        guard rate != nil || sent.count >= Self.fewest else { return }
        let seen = Double(sent.count - 1) / (Self.window / .seconds(1))
        rate = max(Self.slowest, min(rate ?? .infinity, seen) * Self.backOff)
        tokens = min(tokens, 0)
    }

    /// The provider answered a request.
    package mutating func accepted() {
        guard let before = rate else { return }
        rate = before * Self.recovery < Self.fastest ? before * Self.recovery : nil
    }

    private mutating func fill(at now: ContinuousClock.Instant) {
        defer { filledAt = now }
        guard let rate, let filledAt else { return }
        tokens = min(Self.burst, tokens + (now - filledAt) / .seconds(1) * rate)
    }

    private mutating func remember(_ instant: ContinuousClock.Instant) {
        forget(before: instant)
        if Double(sent.count) < Self.fastest * (Self.window / .seconds(1)) { sent.append(instant) }
    }

    private mutating func forget(before now: ContinuousClock.Instant) {
        sent.removeAll { $0 + Self.window <= now }
    }
}
