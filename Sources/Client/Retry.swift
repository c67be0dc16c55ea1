/// A try that failed, and will be followed by another.
public struct Retry: Sendable, Hashable {
    /// How many tries have failed, from 1.
    public let tries: Int
    public let reason: String
    /// Until the next one.
    public let pause: Duration
}

extension ParleySite {
    /// Tries until it is done, it is refused, or it has failed so often.
    func repeated<Value>(
        atMost most: Int,
        onRetry: @Sendable (Retry) -> Void,
        _ attempt: () async throws -> Outcome<Value>
    ) async throws -> Value {
        var tries = 0
        while true {
            tries += 1
            switch try await attempt() {
            case .done(let value): return value
            case .failed(let failure):
                guard tries < most, let pause = failure.pause(tries: tries, chance: timing.chance()) else {
                    throw failure.error(tries: tries)
                }
                onRetry(Retry(tries: tries, reason: failure.reason, pause: pause))
                try await timing.sleep(pause)
            }
        }
    }
}
