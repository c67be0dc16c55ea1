import Domain
import Logging
import Providers
import Synchronization

/// The configured providers, and who is asked in whose place.
final class Voices: Sendable {
    private let providers: [ProviderID: GuardedProvider]
    private let logger: Logger
    /// What was found out about each provider and model.
    private let found = Mutex<[String: Found]>([:])

    private struct Found {
        /// How much structure it understands: a rung of the ladder in ``Voices/structured(_:schema:_:from:_:)``.
        var format = 0
        /// The longest prompt that it takes, in tokens by our estimate, and until when that is believed; nil:
        /// not met yet.
        var longestPrompt: (tokens: Int, until: ContinuousClock.Instant)?
    }

    init(providers: [ProviderID: GuardedProvider], logger: Logger) {
        self.providers = providers
        self.logger = logger
    }

    /// What is known of each, in the order of the chain.
    var states: [ProviderState] {
        ProviderID.chain(from: .groq).compactMap { providers[$0]?.state }
    }

    /// The providers to try for a seat, in order.
    ///
    /// House discussions stay in the house, and so does a seat on the house's own server, unless an operator
    /// allows otherwise.
    func chain(for seat: Seat, place: Place, localMayLeave: Bool = false) -> [GuardedProvider] {
        let staysLocal = place == .house || (seat.provider == .local && !localMayLeave)
        let ids = staysLocal ? [.local] : ProviderID.chain(from: seat.provider)
        return ids.compactMap { providers[$0] }
    }

    /// Tries `work` with one provider after the other until one can.
    ///
    /// A provider whose context the prompt overflows gets one more chance: what was learnt of its context
    /// makes `work` build a shorter one.
    ///
    /// - Throws: ``Voiceless`` when none could; what is no provider's fault at once.
    nonisolated(nonsending) func firstAble<Value>(
        _ chain: [GuardedProvider],
        for discussion: Discussion,
        _ work: nonisolated(nonsending) (GuardedProvider) async throws -> Value
    ) async throws -> Value {
        var failures: [ProviderError] = []
        for provider in chain {
            var mayShorten = true
            while true {
                do {
                    return try await work(provider)
                } catch let error as ProviderError {
                    logger.warning(
                        "a provider failed",
                        metadata: [
                            "discussion": "\(discussion.id)", "provider": "\(provider.id.rawValue)",
                            "reason": "\(error.fault.logged)",
                        ]
                    )
                    if case .contextOverflow = error.fault, mayShorten {
                        mayShorten = false
                        continue
                    }
                    failures.append(error)
                    break
                }
            }
        }
        throw Voiceless(failures, place: discussion.place)
    }

    /// Asks once; what it uses goes on the bill.
    ///
    /// - Returns: the completion, and what it has used.
    func ask(
        _ request: ChatRequest,
        for purpose: Usage.Purpose,
        _ attempt: Attempt,
        _ bill: Bill,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> (completion: ChatCompletion, usage: Usage?) {
        let number = bill.open(request, purpose, at: attempt.provider)
        do {
            let completion = try await attempt.answer(request) { text in
                // SQLite ends a text at its first NUL: what follows would be lost.
                let text = text.replacing("\0", with: "\u{FFFD}")
                bill.heard(text, of: number)
                try await onText(text)
            }
            return (completion, bill.close(number, completion))
        } catch {
            bill.breakOff(number, error)
            if case .contextOverflow(let lengths)? = (error as? ProviderError)?.fault {
                learn(lengths, from: request, at: attempt.provider)
            }
            throw error
        }
    }

    /// A whole answer of one provider.
    func whole(
        _ request: ChatRequest,
        for purpose: Usage.Purpose,
        _ attempt: Attempt,
        _ bill: Bill
    ) async throws -> (text: String, completion: ChatCompletion) {
        let heard = Heard()
        let (completion, _) = try await ask(request, for: purpose, attempt, bill) { heard.append($0) }
        return (heard.text, completion)
    }

    /// A whole answer in a JSON shape: by schema where the provider knows how, else as a JSON object, else by
    /// the prompt alone.
    ///
    /// What a provider and model refused once is not tried again.
    func structured(
        _ request: ChatRequest,
        schema: (name: String, text: String),
        for purpose: Usage.Purpose,
        _ attempt: Attempt,
        _ bill: Bill
    ) async throws -> (text: String, completion: ChatCompletion) {
        let ladder: [ResponseFormat] = [
            .jsonSchema(name: schema.name, schema: schema.text), .jsonObject, .text,
        ]
        let key = key(attempt.provider)
        var rung = found.withLock { $0[key]?.format ?? 0 }
        while true {
            var request = request
            request.responseFormat = ladder[rung]
            do {
                return try await whole(request, for: purpose, attempt, bill)
            } catch let error as ProviderError where error.fault == .formatRefused && rung + 1 < ladder.count
            {
                rung += 1
                let known = rung
                found.withLock { $0[key, default: Found()].format = known }
            }
        }
    }

    /// The longest prompt that a provider was found to take, in tokens by our estimate.
    func longestPrompt(at provider: GuardedProvider) -> Int? {
        found.withLock { $0[key(provider)]?.longestPrompt }.flatMap { $0.until > .now ? $0.tokens : nil }
    }

    private func learn(
        _ lengths: ProviderError.ContextLengths?,
        from request: ChatRequest,
        at provider: GuardedProvider
    ) {
        let estimate = Tokens.estimate(request)
        // Where the server told both lengths, what fits by our estimate, with a quarter of the context left for
        // the answer and a tenth for our error; else half of what was too much.
        let fits = lengths.map { Int(Double(estimate) * 0.675 * Double($0.context) / Double($0.prompt)) }
        let longest = max(Self.shortestPrompt, min(fits ?? estimate, estimate / 2))
        found.withLock { found in
            let before = found[key(provider)]?.longestPrompt
            let known = before.flatMap { $0.until > .now ? $0.tokens : nil }
            found[key(provider), default: Found()].longestPrompt = (
                min(longest, known ?? .max), .now + Self.memory
            )
        }
        logger.notice(
            "a prompt was too long",
            metadata: ["provider": "\(provider.id.rawValue)", "tokens": "\(estimate)", "now": "\(longest)"]
        )
    }

    /// What was learnt from one refusal is tried anew after this: the server may have been set up with more,
    /// or the refusal was about something else.
    private static let memory = Duration.seconds(3_600)

    /// Instructions and a topic alone need this much.
    static let shortestPrompt = 256

    private func key(_ provider: GuardedProvider) -> String { "\(provider.id.rawValue) \(provider.model)" }
}
