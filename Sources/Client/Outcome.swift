import AsyncHTTPClient

/// How one try of a request ended, if it did not end for good.
enum Outcome<Value> {
    case done(Value)
    case failed(PassingFailure)
}

/// A try that may do better when it is repeated.
struct PassingFailure {
    let reason: String
    var retryAfter: Duration?
    /// What to say when it never does better; nil: that the site cannot be reached.
    var final: SiteError?

    /// What is thrown after so many tries.
    func error(tries: Int) -> SiteError {
        final ?? .unreachable(tries: tries, reason: reason)
    }

    /// Until the next try; nil when the site wants to be left alone for longer than anyone waits.
    func pause(tries: Int, chance: Double) -> Duration? {
        let told = retryAfter ?? .zero
        return told > RetryAfter.longest ? nil : told + Backoff.pause(after: tries, chance: chance)
    }
}

extension ParleySite {
    /// Sends a request once and reads what a success says.
    ///
    /// - Parameters:
    ///   - silence: what `http` ends an answer after that does not come.
    ///   - largest: the longest body, in bytes.
    ///   - read: nil if the answer is not what a Parley site says.
    /// - Throws: ``SiteError`` for what trying again would not change, or `CancellationError`.
    func outcome<Value>(
        of request: HTTPClientRequest,
        over http: HTTPClient,
        silence: Duration,
        atMost largest: Int,
        _ read: (SiteAnswer) -> Value?
    ) async throws -> Outcome<Value> {
        let answer: SiteAnswer
        do {
            answer = try await exchange(request, over: http, silence: silence, atMost: largest)
        } catch let error as NoAnswer {
            return .failed(PassingFailure(reason: error.reason))
        }
        guard (200..<300).contains(answer.status) else {
            switch Judgement(answer) {
            case .refused(let refusal): throw SiteError.refused(refusal)
            case .passing(let reason, let final):
                return .failed(PassingFailure(reason: reason, retryAfter: answer.retryAfter, final: final))
            }
        }
        if let value = read(answer) { return .done(value) }
        // A page that stands before the site while it is being upgraded may say 200 too.
        let fault = "The answer is not what a Parley site says. Is its address right?"
        return .failed(PassingFailure(reason: "the answer is not Parley's", final: .unusable(fault)))
    }

    /// Gets `url` once.
    func get<Value>(_ url: String, _ read: (SiteAnswer) -> Value?) async throws -> Outcome<Value> {
        try await outcome(
            of: HTTPClientRequest(url: url),
            over: polls,
            silence: limits.pollTimeout,
            atMost: limits.largestAnswer,
            read
        )
    }
}
