import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Has questions about a round written; the discussion then waits for the answers.
    func writeQuestions(round: Int, in transcript: Transcript) async throws {
        let id = transcript.discussion.id
        // A round that has just been opened has nothing yet to ask about.
        let material = transcript.rounds.last { $0.messages.contains(where: \.finished) }?.number ?? round
        let messages = WritingPrompt.questions(
            round: material,
            in: transcript,
            budget: writingBudget(transcript.discussion)
        )
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
        let set = QuestionSet(questions)
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

extension QuestionSet {
    /// A set of its own: its id is part of each question's, so that answers to another set cannot fit it.
    init(_ questions: [Question]) {
        let id = QuestionSetID.random()
        self.init(
            id: id,
            questions: questions.map {
                Question(id: "\(id.rawValue.prefix(8))-\($0.id)", text: $0.text, options: $0.options)
            }
        )
    }
}
