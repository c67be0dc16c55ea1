/// Multiple-choice questions that a model wrote about a round, for the person.
package struct QuestionSet: Sendable, Hashable, Codable {
    package let id: QuestionSetID
    package let questions: [Question]

    package init(id: QuestionSetID, questions: [Question]) {
        self.id = id
        self.questions = questions
    }

    /// How many questions a set has.
    package static let sizes = 2...5
}

/// One question with its options; the person may tick any number of them.
package struct Question: Sendable, Hashable, Codable {
    /// Unique within its set.
    package let id: String
    package let text: String
    package let options: [Option]

    package struct Option: Sendable, Hashable, Codable {
        /// Unique within its question.
        package let id: String
        package let text: String

        package init(id: String, text: String) {
            self.id = id
            self.text = text
        }
    }

    package init(id: String, text: String, options: [Option]) {
        self.id = id
        self.text = text
        self.options = options
    }

    /// How many options a question has: a choice needs two, and more than six is no longer a choice.
    package static let optionCounts = 2...6
    /// The longest question, in Unicode scalars: it must fit beside its options on a phone.
    package static let longestText = 500
    /// The longest option, in Unicode scalars.
    package static let longestOption = 200
}

package typealias QuestionSetID = Identifier<QuestionSet>

/// What the person said to one question.
package struct Answer: Sendable, Hashable, Codable {
    /// The question's id.
    package let question: String
    /// The ticked options' ids, in the question's order.
    package let options: [String]
    /// Their own words; may be empty.
    package let text: String

    package init(question: String, options: [String], text: String) {
        self.question = question
        self.options = options
        self.text = text
    }
}

extension QuestionSet {
    /// The answers as they will be kept: in the questions' order, own words tidied, empty ones left out.
    ///
    /// - Throws: `InvalidText` for a question or option that is not in this set, a question answered
    ///   twice, words that are too long, or nothing answered at all.
    package func check(_ answers: [Answer]) throws(InvalidText) -> [Answer] {
        var byQuestion: [String: Answer] = [:]
        for answer in answers {
            guard let question = questions.first(where: { $0.id == answer.question }) else {
                throw InvalidText(field: "answers", message: "There is no question \"\(answer.question)\".")
            }
            guard byQuestion[question.id] == nil else {
                throw InvalidText(
                    field: "answers",
                    message: "The question \"\(question.id)\" is answered twice."
                )
            }
            let ticked = Set(answer.options)
            if let unknown = ticked.first(where: { id in !question.options.contains { $0.id == id } }) {
                throw InvalidText(
                    field: "answers",
                    message: "The question \"\(question.id)\" has no option \"\(unknown)\"."
                )
            }
            let isBlank = answer.text.allSatisfy(\.isWhitespace)
            let text = isBlank ? "" : try Self.check(answer.text, to: question.id)
            byQuestion[question.id] = Answer(
                question: question.id,
                options: question.options.map(\.id).filter(ticked.contains),
                text: text
            )
        }
        let said = questions.compactMap { byQuestion[$0.id] }
            .filter { !$0.options.isEmpty || !$0.text.isEmpty }
        guard !said.isEmpty else {
            throw InvalidText(
                field: "answers",
                message: "Please tick an option or write a few words first."
            )
        }
        return said
    }

    /// A person's own words, or why not: the question named by the form's field for them.
    private static func check(_ words: String, to question: String) throws(InvalidText) -> String {
        do {
            return try TextRule.answer.check(words)
        } catch {
            throw InvalidText(field: "t-\(question)", message: error.message)
        }
    }
}
