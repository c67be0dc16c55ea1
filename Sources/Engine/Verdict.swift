import Domain
import Foundation

/// What the judge says about a round, in the one shape that it must have.
struct Verdict: Equatable {
    let resolved: Bool
    let conclusion: String
    let agree: [String]
    let dissent: [Resolution.Dissent]
    let openQuestions: [String]
    let provider: ProviderID
    let model: String

    static let schema = (
        name: "verdict",
        text: """
        {"type":"object","properties":{"resolved":{"type":"boolean"},\
        "conclusion":{"type":"string","maxLength":1500},\
        "agree":{"type":"array","maxItems":8,"items":{"type":"string","maxLength":60}},\
        "dissent":{"type":"array","maxItems":8,"items":{"type":"object",\
        "properties":{"persona":{"type":"string","maxLength":60},\
        "view":{"type":"string","maxLength":500}},\
        "required":["persona","view"],"additionalProperties":false}},\
        "open_questions":{"type":"array","maxItems":8,"items":{"type":"string","maxLength":300}}},\
        "required":["resolved","conclusion","agree","dissent","open_questions"],\
        "additionalProperties":false}
        """
    )

    private struct Body: Decodable {
        let resolved: Bool
        let conclusion: String
        let agree: [String]
        let dissent: [Resolution.Dissent]
        let open_questions: [String]
    }

    /// Reads a verdict.
    ///
    /// - Returns: nil when it is not of the shape, or claims a resolution without a conclusion.
    init?(_ answer: String, provider: ProviderID, model: String) {
        guard let json = EmbeddedJSON.object(in: answer),
            let body = try? JSONDecoder().decode(Body.self, from: json)
        else { return nil }
        conclusion = body.conclusion.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !body.resolved || !conclusion.isEmpty else { return nil }
        resolved = body.resolved
        // What has not a letter in it says nothing: placeholders that a model left as they were.
        agree = body.agree.filter(Self.saysSomething)
        dissent = body.dissent.filter { Self.saysSomething($0.view) }
        openQuestions = body.open_questions.filter(Self.saysSomething)
        self.provider = provider
        self.model = model
    }

    private static func saysSomething(_ text: String) -> Bool {
        text.contains(where: \.isLetter)
    }

    func resolution(_ reason: Resolution.Reason, round: Int) -> Resolution {
        Resolution(
            reason: reason,
            round: round,
            conclusion: conclusion.isEmpty ? Resolution.noConclusion : conclusion,
            agree: agree,
            dissent: dissent,
            openQuestions: openQuestions,
            provider: provider,
            model: model
        )
    }
}
