import Domain
import Foundation
import Support

/// Reads questions out of a model's answer: tolerant of what stands around the JSON, strict about what is in it.
enum QuestionsReading {
    /// What is wrong with an answer, in words that its model can act on.
    ///
    /// They count and name places, and quote nothing.
    struct Fault: LoggedError, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The shape that is asked for: shorter than what is accepted, since a bound that a small model runs
    /// into ends its sentence, while a long list runs it out of tokens.
    static let schema = (
        name: "questions",
        text: """
        {"type":"object","properties":{"questions":{"type":"array","minItems":2,"maxItems":4,\
        "items":{"type":"object","properties":{"text":{"type":"string","minLength":5,"maxLength":160},\
        "options":{"type":"array","minItems":2,"maxItems":4,\
        "items":{"type":"string","minLength":1,"maxLength":80}}},\
        "required":["text","options"],"additionalProperties":false}}},\
        "required":["questions"],"additionalProperties":false}
        """
    )

    private struct Body: Decodable {
        struct Asked: Decodable {
            let text: String
            let options: [String]
        }

        let questions: [Asked]
    }

    static func read(_ answer: String) throws(Fault) -> [Question] {
        guard let json = EmbeddedJSON.object(in: answer) else {
            throw Fault(description: "there is no JSON object in it")
        }
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: json)
        } catch {
            throw Fault(
                description:
                    "it is not of the form {\"questions\":[{\"text\":\"…\",\"options\":[\"…\",\"…\"]}]}"
            )
        }
        guard QuestionSet.sizes.contains(body.questions.count) else {
            throw Fault(description: "it has \(body.questions.count) questions, not 2 to 5")
        }
        var questions: [Question] = []
        for (index, asked) in body.questions.enumerated() {
            let number = index + 1
            let text = try tidy(asked.text, "question \(number)", longest: Question.longestText)
            guard Question.optionCounts.contains(asked.options.count) else {
                throw Fault(
                    description: "question \(number) has \(asked.options.count) options, not 2 to 6"
                )
            }
            var options: [Question.Option] = []
            for (place, option) in asked.options.enumerated() {
                let text = try tidy(
                    option,
                    "an option of question \(number)",
                    longest: Question.longestOption
                )
                guard !options.contains(where: { $0.text.lowercased() == text.lowercased() }) else {
                    throw Fault(description: "question \(number) has an option twice")
                }
                options.append(Question.Option(id: String(place + 1), text: text))
            }
            guard !questions.contains(where: { $0.text.lowercased() == text.lowercased() }) else {
                throw Fault(description: "question \(number) was asked before in it")
            }
            questions.append(Question(id: String(number), text: text, options: options))
        }
        return questions
    }

    private static func tidy(_ text: String, _ what: String, longest: Int) throws(Fault) -> String {
        let tidy = text.replacing("\0", with: "\u{FFFD}").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !tidy.isEmpty else { throw Fault(description: "\(what) is empty") }
        guard tidy.unicodeScalars.count <= longest else {
            throw Fault(description: "\(what) is longer than \(longest) characters")
        }
        return tidy
    }
}
