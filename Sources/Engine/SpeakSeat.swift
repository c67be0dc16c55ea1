import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Lets one seat speak one message; returns when it is finished and committed.
    ///
    /// - Throws: ``Voices/Voiceless``, `LeaseLost`, `CancellationError`, or what the store throws.
    func speak(seat number: Int, round: Int, in transcript: Transcript) async throws {
        let discussion = transcript.discussion
        guard let seat = discussion.panel.seats.first(where: { $0.seat == number }) else { return }
        var transcript = transcript
        let budget = promptBudget(for: seat)
        if let through = SeatPrompt.roundsToSum(for: seat, round: round, in: transcript, budget: budget) {
            transcript = try await makeRoom(throughRound: through, in: transcript)
        }
        let request = ChatRequest(
            messages: SeatPrompt.build(for: seat, round: round, in: transcript, budget: budget),
            maxTokens: limits.maxTokens
        )
        // Begun before a crash: the same message begins anew.
        var begun = transcript.rounds.first { $0.number == round }?.messages.first { $0.seat == number }
        let chain = voices.chain(for: seat, place: discussion.place)
        try await voices.firstAble(chain, for: discussion) { provider in
            let attempt = try await begin(begun, seat: seat, round: round, provider, in: discussion)
            begun = attempt
            do {
                try await say(attempt, request, provider, in: discussion.id)
            } catch {
                // What an attempt has said that failed is taken back by the next one's restart.
                _ = await chunks.take(attempt.id)
                throw error
            }
        }
    }

    /// The tokens that a seat's prompt may have.
    private func promptBudget(for seat: Seat) -> Int {
        budget(at: seat.provider, answer: limits.maxTokens)
    }

    /// The tokens that the prompt for a summary, questions or a verdict may have.
    func writingBudget(_ discussion: Discussion) -> Int {
        budget(at: discussion.panel.writer?.provider ?? .local, answer: limits.writingTokens)
    }

    private func budget(at provider: ProviderID, answer: Int) -> Int {
        guard provider == .local, let context = limits.localContext else { return limits.promptTokens }
        return max(256, min(limits.promptTokens, context - answer))
    }

    /// Records who is about to speak, as a new message or as one that begins anew.
    private func begin(
        _ begun: Message?,
        seat: Seat,
        round: Int,
        _ provider: any ChatProvider,
        in discussion: Discussion
    ) async throws -> Message {
        var message =
            begun
            ?? Message(
                id: .random(),
                seat: seat.seat,
                persona: seat.persona,
                turn: seat.turn(inRound: round, panelSize: discussion.panel.seats.count),
                content: "",
                provider: provider.id,
                model: provider.model,
                fallback: false,
                promptVersion: PromptLibrary.version,
                finished: false
            )
        message.content = ""
        message.provider = provider.id
        message.model = provider.model
        message.fallback = provider.id != seat.provider
        message.promptVersion = PromptLibrary.version
        let attempt = message
        try await record(discussion.id) { writer in
            guard begun == nil else {
                try writer.update(attempt)
                try writer.append(
                    .messageRestart(
                        .init(messageId: attempt.id, provider: attempt.provider, model: attempt.model)
                    ),
                    of: discussion.id
                )
                return
            }
            try writer.insert(attempt, round: round, of: discussion.id)
            try writer.append(
                .messageStart(
                    .init(
                        messageId: attempt.id,
                        round: round,
                        seat: attempt.seat,
                        persona: attempt.persona,
                        turn: attempt.turn,
                        provider: attempt.provider,
                        model: attempt.model
                    )
                ),
                of: discussion.id
            )
        }
        return attempt
    }

    /// Asks one provider and commits the finished message.
    private func say(
        _ message: Message,
        _ request: ChatRequest,
        _ provider: any ChatProvider,
        in id: DiscussionID
    ) async throws {
        let heard = Heard()
        let completion = try await provider.answer(request) { [chunks] text in
            // SQLite ends a text at its first NUL: what follows would be lost.
            let text = text.replacing("\0", with: "\u{FFFD}")
            heard.append(text)
            await chunks.append(text, to: message.id, of: id)
        }
        var finished = message
        finished.content = heard.text
        finished.model = completion.model
        finished.truncated = completion.finishReason == .length
        finished.promptTokens = completion.usage?.promptTokens
        finished.completionTokens = completion.usage?.completionTokens
        finished.timeToFirstTokenMs = heard.firstTokenMs
        finished.durationMs = heard.elapsedMs
        finished.finished = true
        let rest = await chunks.take(message.id)
        let complete = finished
        try await record(id) { writer in
            if let rest { try writer.append(rest, of: id) }
            try writer.update(complete)
            try writer.append(.messageComplete(.init(message: complete)), of: id)
        }
    }
}
