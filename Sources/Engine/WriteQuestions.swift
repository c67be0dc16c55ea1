import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Has questions about a round written; the discussion then waits for the answers.
    func writeQuestions(round: Int, in transcript: Transcript) async throws {
        let id = transcript.discussion.id
        let messages = WritingPrompt.questions(round: round, in: transcript, budget: limits.promptTokens)
        let request = ChatRequest(messages: messages, maxTokens: limits.writingTokens)
        let writers = voices.writers(of: transcript.discussion)
        let questions = try await voices.firstAble(writers, for: transcript.discussion) { provider in
            let (first, _) = try await voices.structured(
                request,
                schema: QuestionsReading.schema,
                from: provider
            )
            switch Result(catching: { () throws(QuestionsReading.Fault) in try QuestionsReading.read(first) })
            {
            case .success(let questions): return questions
            case .failure(let fault):
                logger.notice(
                    "questions to be repaired",
                    metadata: ["discussion": "\(id)", "fault": "\(fault)"]
                )
                return try await repaired(request, first, fault, by: provider)
            }
        }
        let set = QuestionSet(id: .random(), questions: questions)
        try await record(id) { writer in
            try writer.insert(set, round: round, of: id)
            try writer.update(id, status: .waiting, activity: nil)
            try writer.append(
                .questionsGenerated(.init(round: round, questionSet: set, status: .waiting)),
                of: id
            )
        }
    }

    /// One more try, with the fault named.
    ///
    /// Nothing is invented to fill up.
    private func repaired(
        _ request: ChatRequest,
        _ answer: String,
        _ fault: QuestionsReading.Fault,
        by provider: any ChatProvider
    ) async throws -> [Question] {
        var request = request
        request.messages.append(ChatMessage(role: .assistant, content: answer))
        request.messages.append(
            ChatMessage(role: .user, content: WritingPrompt.repair(fault: fault.description))
        )
        let (second, _) = try await voices.structured(
            request,
            schema: QuestionsReading.schema,
            from: provider
        )
        do {
            return try QuestionsReading.read(second)
        } catch {
            throw Voices.Voiceless(
                code: .providerError,
                message: "\(provider.id.displayName) did not write questions that can be used. "
                    + "You can ask again, or go on without."
            )
        }
    }
}
