import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Asks once whether the table agrees, and completes the round with the verdict.
    ///
    /// No verdict, a late one or one that cannot be read means: not resolved.
    func judge(round: Int, in transcript: Transcript, _ bill: Bill) async throws {
        let verdict = try await verdict(on: round, in: transcript, bill)
        try await complete(round: round, in: transcript, verdict: verdict)
    }

    /// Completes a round.
    ///
    /// - Parameter exceeded: why nobody was asked for a verdict; the person is told of it.
    func complete(
        round: Int,
        in transcript: Transcript,
        verdict: Verdict?,
        _ exceeded: BudgetExceeded? = nil
    ) async throws {
        let id = transcript.discussion.id
        // A verdict counts only if it names most of the panel as agreeing: a model too small to judge
        // fills the shape with whatever comes.
        let panel = Set(transcript.discussion.panel.seats.map(\.persona.name))
        let agreeing = panel.intersection(verdict?.agree ?? []).count
        let resolved = verdict?.resolved == true && agreeing * 2 > panel.count
        var machine = transcript.machine
        let actions = try machine.apply(.judged(resolved: resolved))
        let resolution = actions.compactMap { action -> Resolution? in
            guard case .resolve(let reason) = action else { return nil }
            return verdict?.resolution(reason, round: round)
                ?? Resolution(reason: reason, round: round, conclusion: Resolution.noConclusion)
        }.first
        try await record(id) { writer in
            try writer.complete(round: round, resolution: resolution, of: id)
            if let exceeded {
                let failure = Voiceless(exceeded)
                let status: DiscussionStatus = resolution == nil ? .waiting : .resolved
                try writer.append(
                    .error(.init(code: failure.code, message: failure.message.reveal(), status: status)),
                    of: id
                )
            }
        }
    }

    /// Has a conclusion written because the person ends the discussion without words of their own.
    func writeConclusion(round: Int, in transcript: Transcript, _ bill: Bill) async throws {
        let id = transcript.discussion.id
        let writers = writers(of: transcript.discussion)
        let verdict = try await voices.firstAble(writers, for: transcript.discussion) { provider in
            let request = verdictRequest(1...max(1, round), in: transcript, to: provider)
            let (text, completion) = try await provider.attempts { attempt in
                try await voices.structured(
                    request,
                    schema: Verdict.schema,
                    for: .conclusion,
                    attempt,
                    bill
                )
            }
            guard let verdict = Verdict(text, provider: provider.id, model: completion.model) else {
                throw ProviderError(provider: provider.id, fault: .unusable)
            }
            return verdict
        }
        try await record(id) { writer in
            try writer.resolve(verdict.resolution(.person, round: round), of: id)
        }
    }

    private func verdict(on round: Int, in transcript: Transcript, _ bill: Bill) async throws -> Verdict? {
        let discussion = transcript.discussion
        let (voices, limit, writers) = (voices, limits.judgeTime, writers(of: discussion))
        do {
            return try await withThrowingTaskGroup(of: Verdict?.self) { group in
                defer { group.cancelAll() }
                group.addTask { [self] in
                    try await voices.firstAble(writers, for: discussion) { provider in
                        let request = verdictRequest(round...round, in: transcript, to: provider)
                        let (text, completion) = try await provider.attempts { attempt in
                            try await voices.structured(
                                request,
                                schema: Verdict.schema,
                                for: .verdict,
                                attempt,
                                bill
                            )
                        }
                        return Verdict(text, provider: provider.id, model: completion.model)
                    }
                }
                group.addTask {
                    try await Task.sleep(for: limit)
                    return nil
                }
                return try await group.next() ?? nil
            }
        } catch is Voiceless {
            return nil
        }
    }

    private nonisolated func verdictRequest(
        _ rounds: ClosedRange<Int>,
        in transcript: Transcript,
        to provider: GuardedProvider
    ) -> ChatRequest {
        ChatRequest(
            messages: WritingPrompt.verdict(
                rounds: rounds,
                in: transcript,
                budget: writingBudget(at: provider)
            ),
            maxTokens: limits.writingTokens
        )
    }
}
