/// What stands in for earlier rounds in prompts; never in storage or on the page.
package struct Summary: Sendable, Hashable, Codable {
    package let id: SummaryID
    /// It covers the rounds from the first to this one.
    package let throughRound: Int
    package let content: String
    package let provider: ProviderID
    package let model: String
    package let promptVersion: String

    package init(
        id: SummaryID,
        throughRound: Int,
        content: String,
        provider: ProviderID,
        model: String,
        promptVersion: String
    ) {
        self.id = id
        self.throughRound = throughRound
        self.content = content
        self.provider = provider
        self.model = model
        self.promptVersion = promptVersion
    }
}

package typealias SummaryID = Identifier<Summary>
