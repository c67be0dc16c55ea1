import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Has questions about a round written; the discussion then waits for the answers.
    func writeQuestions(round: Int, in transcript: Transcript, _ bill: Bill) async throws {
        let id = transcript.discussion.id
        // A round that has just been opened has nothing yet to ask about.
        let material = transcript.rounds.last { $0.messages.contains(where: \.finished) }?.number ?? round
        let writers = writers(of: transcript.discussion)
        let questions = try await voices.firstAble(writers, for: transcript.discussion) { provider in
            let request = ChatRequest(
                messages: WritingPrompt.questions(
                    round: material,
                    in: transcript,
                    budget: writingBudget(at: provider)
                ),
                maxTokens: limits.writingTokens
            )
            return try await provider.attempts { try await askQuestions(of: $0, request, for: id, bill) }
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

    /// Asks, and where the answer cannot be used once more, with the fault named.
    ///
    /// Nothing is invented to fill up.
    private func askQuestions(
        of attempt: Attempt,
        _ request: ChatRequest,
        for id: DiscussionID,
        _ bill: Bill
    ) async throws -> [Question] {
        var request = request
        let schema = QuestionsReading.schema
        let (first, _) = try await voices.structured(request, schema: schema, for: .questions, attempt, bill)
        do {
            return try QuestionsReading.read(first)
        } catch {
            logger.notice("questions to be repaired", error: error, metadata: ["discussion": "\(id)"])
            request.messages.append(ChatMessage(role: .assistant, content: first))
            request.messages.append(
                ChatMessage(role: .user, content: WritingPrompt.repair(fault: error.description))
            )
        }
        let (second, _) = try await voices.structured(request, schema: schema, for: .questions, attempt, bill)
        do {
            return try QuestionsReading.read(second)
        } catch {
            throw ProviderError(provider: attempt.provider.id, fault: .unusable)
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
