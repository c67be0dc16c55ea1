/// Every seat speaking once, in order.
package struct Round: Sendable, Hashable, Codable {
    /// From 1.
    package let number: Int
    package var complete: Bool
    package var messages: [Message]
    /// The newest questions about this round.
    package var questionSet: QuestionSet?
    /// What the person answered to them; nil while they have not.
    package var answers: [Answer]?
    /// The person's remarks during or after this round, oldest first.
    package var userInput: [String]

    package init(
        number: Int,
        complete: Bool,
        messages: [Message],
        questionSet: QuestionSet? = nil,
        answers: [Answer]? = nil,
        userInput: [String] = []
    ) {
        self.number = number
        self.complete = complete
        self.messages = messages
        self.questionSet = questionSet
        self.answers = answers
        self.userInput = userInput
    }
}
