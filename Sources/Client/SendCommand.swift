import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A try that failed, and will be followed by another.
public struct Retry: Sendable, Hashable {
    /// How many tries have failed, from 1.
    public let tries: Int
    public let reason: String
    /// Until the next one.
    public let pause: Duration
}

extension ParleySite {
    /// Sends a command until it is acknowledged: after a lost answer again with the same id, so that it is
    /// done once.
    ///
    /// - Parameter onRetry: told before each pause.
    /// - Throws: ``SiteError``; `CancellationError`, after which it is not known whether the command was done.
    public func send(
        _ command: SiteCommand,
        onRetry: @Sendable (Retry) -> Void = { _ in }
    ) async throws -> Acknowledgement {
        var request = HTTPClientRequest(url: address.base + command.path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Idempotency-Key", value: command.id)
        request.body = .bytes(ByteBuffer(bytes: command.body))

        var tries = 0
        while true {
            let reason: String
            var final: SiteError?
            var retryAfter: Duration?
            tries += 1
            do {
                let answer = try await exchange(
                    request,
                    over: commands,
                    silence: limits.ackTimeout,
                    atMost: limits.largestAcknowledgement
                )
                if (200..<300).contains(answer.status) {
                    guard let acknowledgement = Acknowledgement(answer.body) else {
                        throw SiteError.unusable("The answer is no acknowledgement. Is this a Parley site?")
                    }
                    return acknowledgement
                }
                switch Judgement(answer) {
                case .refused(let refusal): throw SiteError.refused(refusal)
                case .passing(let why, let error): (reason, final) = (why, error)
                }
                retryAfter = answer.retryAfter
            } catch let error as NoAnswer {
                reason = error.reason
            }
            guard tries <= limits.commandRetries, retryAfter ?? .zero <= RetryAfter.longest else {
                throw final ?? .unreachable(tries: tries, reason: reason)
            }
            let pause = (retryAfter ?? .zero) + Backoff.pause(after: tries, chance: timing.chance())
            onRetry(Retry(tries: tries, reason: reason, pause: pause))
            try await timing.sleep(pause)
        }
    }
}
