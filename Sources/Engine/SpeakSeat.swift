import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Lets one seat speak one message; returns when it is finished and committed.
    ///
    /// - Throws: ``Voiceless``, `LeaseLost`, `CancellationError`, or what the store throws.
    func speak(seat number: Int, round: Int, in transcript: Transcript, _ bill: Bill) async throws {
        let discussion = transcript.discussion
        guard let seat = discussion.panel.seats.first(where: { $0.seat == number }) else { return }
        var transcript = transcript
        let tableFiles = try await tableFiles(of: transcript)
        // Begun before a crash: the same message begins anew.
        var begun = transcript.rounds.first { $0.number == round }?.messages.first { $0.seat == number }
        // Words that a reader may have seen, and that the next try takes back.
        var hasSpoken = begun != nil
        // Nobody could sum up: the prompt leaves rounds out instead, and nobody is asked for it again.
        var mayMakeRoom = true
        var tooLong: (provider: ProviderID, request: ChatRequest)?
        try await voices.firstAble(chain(for: seat, in: discussion), for: discussion) { provider in
            let budget = budget(at: provider, answer: limits.maxTokens)
            let files = tableFiles.material(for: provider, limits, budget: budget)
            if mayMakeRoom,
                let through = SeatPrompt.roundsToSum(
                    for: seat,
                    round: round,
                    in: transcript,
                    files: files,
                    budget: budget
                )
            {
                let before = transcript.summaries.count
                transcript = try await makeRoom(throughRound: through, in: transcript, bill)
                mayMakeRoom = transcript.summaries.count > before
            }
            let request = ChatRequest(
                messages: SeatPrompt.build(
                    for: seat,
                    round: round,
                    in: transcript,
                    files: files,
                    budget: budget
                ),
                maxTokens: limits.maxTokens
            )
            // What could not be shortened would only be refused once more.
            if let tooLong, tooLong == (provider.id, request) {
                throw ProviderError(provider: provider.id, fault: .contextOverflow(nil))
            }
            // Before anything leaves: a page that tells who saw what must not be behind.
            if !files.views.isEmpty {
                try await record(discussion.id) { writer in
                    for view in files.views { try writer.insert(view) }
                }
            }
            try await provider.attempts { attempt in
                let message: Message
                if let begun, !hasSpoken, begun.provider == provider.id {
                    message = begun
                } else {
                    message = try await begin(begun, seat: seat, round: round, provider, in: discussion)
                    (begun, hasSpoken) = (message, false)
                }
                let heard = Heard()
                do {
                    try await say(message, request, attempt, heard, bill, in: discussion.id)
                } catch {
                    hasSpoken = !heard.isEmpty
                    if case .contextOverflow? = (error as? ProviderError)?.fault {
                        tooLong = (provider.id, request)
                    }
                    _ = await chunks.take(message.id)
                    throw error
                }
            }
        }
    }

    /// Records who is about to speak, as a new message or as one that begins anew.
    private func begin(
        _ begun: Message?,
        seat: Seat,
        round: Int,
        _ provider: GuardedProvider,
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
        _ attempt: Attempt,
        _ heard: Heard,
        _ bill: Bill,
        in id: DiscussionID
    ) async throws {
        let (completion, usage) = try await voices.ask(request, for: .message, attempt, bill) {
            [chunks] text in
            heard.append(text)
            await chunks.append(text, to: message.id, of: id)
        }
        var finished = message
        finished.content = heard.text
        finished.model = completion.model
        finished.truncated = completion.finishReason == .length
        finished.promptTokens = completion.usage?.promptTokens
        finished.completionTokens = completion.usage?.completionTokens
        finished.cost = usage?.cost
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
