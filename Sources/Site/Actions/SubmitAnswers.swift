import Domain
import Engine
import Foundation
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/answers`: `submit-answers`.
    ///
    /// A form sends `round`, and for each question `q-ID` once per ticked option and `t-ID` with the
    /// person's own words; JSON sends `{"round":1,"answers":[{"question","options","text"}]}`.
    @Sendable func submitAnswers(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let (round, answers) = try form.answers()
            var fields = [(name: "round", value: String(round))]
            for answer in answers.sorted(by: { $0.question < $1.question }) {
                fields.append((answer.question, answer.text))
                fields += answer.options.sorted().map { (answer.question, $0) }
            }
            let command = try command(
                "submit-answers",
                request,
                context,
                form,
                discussion: id,
                fields: fields
            )
            return try await engine.submitAnswers(command, discussion: id, round: round, answers: answers)
        }
    }
}

extension Form {
    private struct Body: Decodable {
        struct Answered: Decodable {
            let question: String
            let options: [String]?
            let text: String?
        }

        let round: Int
        let answers: [Answered]
    }

    /// The round and the answers, as they were sent.
    fileprivate func answers() throws -> (round: Int, answers: [Answer]) {
        if let json {
            guard let body = try? JSONDecoder().decode(Body.self, from: json) else {
                throw Problem.invalid(
                    "answers",
                    "The answers are not of the form {\"round\":1,\"answers\":[{\"question\":\"1\",\"options\":[\"1\"],\"text\":\"\"}]}."
                )
            }
            return (
                body.round,
                body.answers.map {
                    Answer(
                        question: $0.question,
                        options: $0.options ?? [],
                        text: TextRule.tidy($0.text ?? "")
                    )
                }
            )
        }
        guard let round = try Int(text("round") ?? "") else {
            throw Problem.invalid("round", "The round is missing.")
        }
        let questions = Set(names.filter { $0.hasPrefix("q-") || $0.hasPrefix("t-") }.map { $0.dropFirst(2) })
        return (
            round,
            try questions.sorted().map { question in
                Answer(
                    question: String(question),
                    options: try texts("q-\(question)"),
                    text: TextRule.tidy(try text("t-\(question)") ?? "")
                )
            }.filter { !$0.options.isEmpty || !$0.text.isEmpty }
        )
    }
}
