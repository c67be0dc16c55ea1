import Domain
import Logging
import Providers
import Synchronization

/// The configured providers, and who is asked in whose place.
final class Voices: Sendable {
    /// Every provider of the chain has failed, or none may see this discussion's words.
    struct Voiceless: Error {
        let code: ErrorCode
        /// In a person's words.
        let message: String
    }

    private let providers: [ProviderID: any ChatProvider]
    private let logger: Logger
    /// How much structure each provider and model was found to understand.
    private let formats = Mutex<[String: Int]>([:])

    init(providers: [ProviderID: any ChatProvider], logger: Logger) {
        self.providers = providers
        self.logger = logger
    }

    /// The providers to try for a seat, in order.
    ///
    /// House discussions stay in the house, and so does a seat on the house's own server.
    func chain(for seat: Seat, place: Place) -> [any ChatProvider] {
        let ids =
            place == .house || seat.provider == .local ? [.local] : ProviderID.chain(from: seat.provider)
        return ids.compactMap { providers[$0] }
    }

    /// The chain of judge, summary, questions and conclusion: the moderator's seat, else the last one's.
    func writers(of discussion: Discussion) -> [any ChatProvider] {
        discussion.panel.writer.map { chain(for: $0, place: discussion.place) } ?? []
    }

    /// Tries `work` with one provider after the other until one can.
    ///
    /// - Throws: ``Voiceless`` when none could; what is no provider's fault at once.
    nonisolated(nonsending) func firstAble<Value>(
        _ chain: [any ChatProvider],
        for discussion: Discussion,
        _ work: nonisolated(nonsending) (any ChatProvider) async throws -> Value
    ) async throws -> Value {
        var last: ProviderError?
        for provider in chain {
            do {
                return try await work(provider)
            } catch let error as ProviderError {
                last = error
                logger.warning(
                    "a provider failed",
                    metadata: ["discussion": "\(discussion.id)", "reason": "\(error.sentence)"]
                )
            }
        }
        throw Voiceless(last: last, place: discussion.place)
    }

    /// A whole answer of one provider.
    func whole(
        _ request: ChatRequest,
        from provider: any ChatProvider
    ) async throws -> (text: String, completion: ChatCompletion) {
        let heard = Heard()
        let completion = try await provider.answer(request) { text in
            heard.append(text.replacing("\0", with: "\u{FFFD}"))
        }
        return (heard.text, completion)
    }

    /// A whole answer in a JSON shape: by schema where the provider knows how, else as a JSON object, else by
    /// the prompt alone.
    ///
    /// What a provider and model refused once is not tried again.
    func structured(
        _ request: ChatRequest,
        schema: (name: String, text: String),
        from provider: any ChatProvider
    ) async throws -> (text: String, completion: ChatCompletion) {
        let ladder: [ResponseFormat] = [
            .jsonSchema(name: schema.name, schema: schema.text), .jsonObject, .text,
        ]
        let key = "\(provider.id.rawValue) \(provider.model)"
        var rung = formats.withLock { $0[key] ?? 0 }
        while true {
            var request = request
            request.responseFormat = ladder[rung]
            do {
                return try await whole(request, from: provider)
            } catch let error as ProviderError where error.fault == .formatRefused && rung + 1 < ladder.count
            {
                rung += 1
                let known = rung
                formats.withLock { $0[key] = known }
            }
        }
    }
}

extension Voices.Voiceless {
    init(last: ProviderError?, place: Place) {
        guard let last else {
            code = .noProvider
            message =
                place == .house
                ? "This discussion stays in the house, and no local model server is configured."
                : "No provider is configured that could speak for this seat."
            return
        }
        switch last.fault {
        case .timeout, .stalled: code = .providerTimeout
        default: code = .providerError
        }
        message = last.sentence
    }
}

/// What one answer has said so far, and when it began to.
final class Heard: Sendable {
    private struct Said {
        var text = ""
        var firstTokenMs: Int?
    }

    private let said = Mutex(Said())
    private let start = ContinuousClock.now

    var text: String { said.withLock(\.text) }
    var firstTokenMs: Int? { said.withLock(\.firstTokenMs) }
    var elapsedMs: Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }

    func append(_ text: String) {
        let elapsed = elapsedMs
        said.withLock { said in
            if said.firstTokenMs == nil { said.firstTokenMs = elapsed }
            said.text += text
        }
    }
}
