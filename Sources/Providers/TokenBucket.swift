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
    /// When the pace was last slowed down.
    private var slowedAt: ContinuousClock.Instant?
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
        forget(before: now)
        if Double(sent.count) < Self.fastest * (Self.window / .seconds(1)) { sent.append(now + wait) }
        return wait
    }

    /// A request that was reserved is not sent after all.
    package mutating func giveBack() {
        if rate != nil { tokens = min(Self.burst, tokens + 1) }
    }

    /// The provider answered a request with 429.
    ///
    /// - Parameter sentAt: when the request was sent. Requests that were on their way together are refused
    ///   together, which slows the pace down once.
    package mutating func refused(
        at now: ContinuousClock.Instant,
        sentAt: ContinuousClock.Instant,
        retryAfter: Duration?
    ) {
        fill(at: now)
        forget(before: now)
        if let retryAfter { closedUntil = max(closedUntil ?? now, now + retryAfter) }
        guard rate != nil || sent.count >= Self.fewest else { return }
        guard slowedAt.map({ sentAt > $0 }) ?? true else { return }
        slowedAt = now
        let seen = Double(sent.count - 1) / (Self.window / .seconds(1))
        rate = max(Self.slowest, min(rate ?? .infinity, seen) * Self.backOff)
        tokens = min(tokens, 0)
    }

    /// The provider answered a request.
    package mutating func accepted() {
        guard let before = rate else { return }
        if before * Self.recovery < Self.fastest {
            rate = before * Self.recovery
        } else {
            (rate, tokens) = (nil, 0)
        }
    }

    /// How long the provider asked us to wait, counted from now; nil if it did not, or that is over.
    package func pause(at now: ContinuousClock.Instant) -> Duration? {
        closedUntil.flatMap { $0 > now ? $0 - now : nil }
    }

    private mutating func fill(at now: ContinuousClock.Instant) {
        defer { filledAt = now }
        guard let rate, let filledAt else { return }
        tokens = min(Self.burst, tokens + (now - filledAt) / .seconds(1) * rate)
    }

    private mutating func forget(before now: ContinuousClock.Instant) {
        sent.removeAll { $0 + Self.window <= now }
    }
}
