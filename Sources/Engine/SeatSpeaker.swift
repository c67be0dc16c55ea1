import Domain
import Logging
import Providers
import Store
import Synchronization

/// Lets one seat speak one message: asks its provider, else the others, and writes what they say.
struct SeatSpeaker: Sendable {
    /// Every provider of the chain has failed, or none may see this discussion's words.
    struct Voiceless: Error {
        let code: ErrorCode
        /// In a person's words.
        let message: String
    }

    let store: Store
    let providers: [ProviderID: any ChatProvider]
    let limits: Engine.Limits
    let chunks: ChunkBuffer
    let logger: Logger

    /// Returns when the message is finished and committed.
    ///
    /// - Throws: ``Voiceless``, `CancellationError`, or what the store throws.
    func speak(seat number: Int, round: Int, in transcript: Transcript) async throws {
        let discussion = transcript.discussion
        guard let seat = discussion.panel.seats.first(where: { $0.seat == number }) else { return }
        let chain = chain(for: seat, in: discussion)
        let request = ChatRequest(
            messages: SeatPrompt.build(for: seat, round: round, in: transcript), maxTokens: limits.maxTokens)
        // Begun before a crash: the same message begins anew.
        var begun = transcript.rounds.first { $0.number == round }?.messages.first { $0.seat == number }
        var last: ProviderError?
        for provider in chain {
            let attempt = try await begin(
                begun, seat: seat, round: round, provider: provider, in: discussion)
            begun = attempt
            do {
                try await ask(provider, request, for: attempt, in: discussion.id)
                return
            } catch let error as ProviderError {
                _ = await chunks.take(attempt.id)
                last = error
                logger.warning(
                    "a provider failed",
                    metadata: [
                        "discussion": "\(discussion.id)", "provider": "\(provider.id.rawValue)",
                        "reason": "\(error)",
                    ])
            } catch {
                _ = await chunks.take(attempt.id)
                throw error
            }
        }
        throw Voiceless(last: last, place: discussion.place)
    }

    /// The providers to try, in order. House discussions and seats on the house's own server stay there.
    private func chain(for seat: Seat, in discussion: Discussion) -> [any ChatProvider] {
        let ids =
            discussion.place == .house || seat.provider == .local
            ? [.local] : ProviderID.chain(from: seat.provider)
        return ids.compactMap { providers[$0] }
    }

    /// Records who is about to speak, as a new message or as one that begins anew.
    private func begin(
        _ begun: Message?, seat: Seat, round: Int, provider: any ChatProvider, in discussion: Discussion
    ) async throws -> Message {
        var message =
            begun
            ?? Message(
                id: .random(), seat: seat.seat, persona: seat.persona,
                turn: seat.turn(inRound: round, panelSize: discussion.panel.seats.count), content: "",
                provider: provider.id, model: provider.model, fallback: false,
                promptVersion: PromptLibrary.version, finished: false)
        message.content = ""
        message.provider = provider.id
        message.model = provider.model
        message.fallback = provider.id != seat.provider
        message.promptVersion = PromptLibrary.version
        let attempt = message
        try await store.write { writer in
            if begun == nil {
                try writer.insert(attempt, round: round, of: discussion.id)
                try writer.append(
                    .messageStart(
                        .init(
                            messageId: attempt.id, round: round, seat: attempt.seat,
                            persona: attempt.persona, turn: attempt.turn, provider: attempt.provider,
                            model: attempt.model)), of: discussion.id)
            } else {
                try writer.update(attempt)
                try writer.append(
                    .messageRestart(
                        .init(
                            messageId: attempt.id, provider: attempt.provider, model: attempt.model)),
                    of: discussion.id)
            }
        }
        return attempt
    }

    /// Asks one provider and commits the finished message.
    private func ask(
        _ provider: any ChatProvider, _ request: ChatRequest, for message: Message, in id: DiscussionID
    ) async throws {
        let heard = Heard()
        let completion = try await provider.answer(request) { [chunks] text in
            // SQLite ends a text at its first NUL: what follows would be lost.
            let text = text.replacing("\0", with: "\u{FFFD}")
            heard.append(text)
            await chunks.append(text, to: message.id, of: id)
        }
        let (content, firstToken) = heard.end()
        var finished = message
        finished.content = content
        finished.model = completion.model
        finished.truncated = completion.finishReason == .length
        finished.promptTokens = completion.usage?.promptTokens
        finished.completionTokens = completion.usage?.completionTokens
        finished.timeToFirstTokenMs = firstToken
        finished.durationMs = heard.elapsedMs
        finished.finished = true
        let rest = await chunks.take(message.id)
        let complete = finished
        try await store.write { writer in
            if let rest { try writer.append(rest, of: id) }
            try writer.update(complete)
            try writer.append(.messageComplete(.init(message: complete)), of: id)
        }
    }
}

extension SeatSpeaker.Voiceless {
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

/// What one attempt has said, and when it began to.
///
/// Sendable, since all of it is behind one mutex but the start, which never changes.
private final class Heard: Sendable {
    private struct Said {
        var text = ""
        var firstTokenMs: Int?
    }

    private let said = Mutex(Said())
    private let start = ContinuousClock.now

    var elapsedMs: Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }

    func append(_ text: String) {
        let elapsed = elapsedMs
        said.withLock { said in
            if said.firstTokenMs == nil { said.firstTokenMs = elapsed }
            said.text += text
        }
    }

    func end() -> (text: String, firstTokenMs: Int?) {
        said.withLock { ($0.text, $0.firstTokenMs) }
    }
}
