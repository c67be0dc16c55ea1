import Domain
import Foundation
import Providers
import Store

extension Engine {
    /// Writes a summary because the person asked; the discussion then waits.
    func writeSummary(throughRound round: Int, in transcript: Transcript, _ bill: Bill) async throws {
        let id = transcript.discussion.id
        // A round that is not complete is summed up as far as it has come, and still told in full later.
        let isComplete = transcript.rounds.last?.complete == true
        let summary = try await compose(
            summaryThrough: round,
            covering: isComplete ? round : round - 1,
            in: transcript,
            bill
        )
        try await record(id) { writer in
            try writer.insert(summary, of: id)
            try writer.update(id, status: .waiting, activity: nil)
            try writer.append(.summaryCreated(.init(summary: summary, status: .waiting)), of: id)
        }
    }

    /// Writes a summary because the prompt would grow too long; the round goes on.
    ///
    /// - Returns: the transcript with it. Where no provider can write one, as it was: the prompt then
    ///   leaves the oldest rounds out, and nobody is stuck.
    func makeRoom(
        throughRound round: Int,
        in transcript: Transcript,
        _ bill: Bill
    ) async throws -> Transcript {
        let id = transcript.discussion.id
        let summary: Summary
        do {
            summary = try await compose(summaryThrough: round, covering: round, in: transcript, bill)
        } catch is Voiceless {
            return transcript
        }
        try await record(id) { writer in
            try writer.insert(summary, of: id)
            try writer.append(
                .summaryCreated(.init(summary: summary, status: .running, activity: .round)),
                of: id
            )
        }
        return Transcript(
            discussion: transcript.discussion,
            rounds: transcript.rounds,
            summaries: transcript.summaries + [summary],
            resolution: nil,
            files: transcript.files,
            cursor: transcript.cursor
        )
    }

    private func compose(
        summaryThrough round: Int,
        covering covered: Int,
        in transcript: Transcript,
        _ bill: Bill
    ) async throws -> Summary {
        let writers = writers(of: transcript.discussion)
        return try await voices.firstAble(writers, for: transcript.discussion) { provider in
            let request = ChatRequest(
                messages: WritingPrompt.summary(
                    throughRound: round,
                    in: transcript,
                    budget: writingBudget(at: provider)
                ),
                maxTokens: limits.writingTokens
            )
            let (text, completion) = try await provider.attempts { attempt in
                try await voices.whole(request, for: .summary, attempt, bill)
            }
            return Summary(
                id: .random(),
                throughRound: covered,
                content: text.trimmingCharacters(in: .whitespacesAndNewlines),
                provider: provider.id,
                model: completion.model,
                promptVersion: PromptLibrary.version
            )
        }
    }
}
