/// How a discussion ended.
package struct Resolution: Sendable, Hashable, Codable {
    /// Why it was resolved.
    package enum Reason: String, Sendable, Hashable, Codable {
        /// The judge found that the table agrees.
        case agreed
        /// The person said so.
        case person
        /// It has had as many rounds as it may have.
        case maxTurns = "max_turns"
    }

    /// A view that was not shared.
    package struct Dissent: Sendable, Hashable, Codable {
        package let persona: String
        package let view: String

        package init(persona: String, view: String) {
            self.persona = persona
            self.view = view
        }
    }

    package let reason: Reason
    /// The round after which it was resolved; 0 before the first.
    package let round: Int
    package let conclusion: String
    /// The personas who agree.
    package let agree: [String]
    package let dissent: [Dissent]
    package let openQuestions: [String]
    /// Who wrote it; null where the person did, or nobody.
    @ExplicitNull package var provider: ProviderID?
    @ExplicitNull package var model: String?

    package init(
        reason: Reason,
        round: Int,
        conclusion: String,
        agree: [String] = [],
        dissent: [Dissent] = [],
        openQuestions: [String] = [],
        provider: ProviderID? = nil,
        model: String? = nil
    ) {
        self.reason = reason
        self.round = round
        self.conclusion = conclusion
        self.agree = agree
        self.dissent = dissent
        self.openQuestions = openQuestions
        self.provider = provider
        self.model = model
    }

    /// What stands where nobody came to one.
    package static let noConclusion = "no conclusion"
}
