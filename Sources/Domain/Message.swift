/// What one seat said in one round.
package struct Message: Sendable, Hashable, Codable {
    package let id: MessageID
    package let seat: Int
    package let persona: Persona
    /// Counted over the whole discussion, from 1.
    package let turn: Int
    /// Markdown as the model wrote it; so far, while it speaks.
    package var content: String
    package var provider: ProviderID
    package var model: String
    /// The assigned provider failed at run time and another one answered.
    package var fallback: Bool
    /// The message ends before its speaker had ended: stopped, or cut by a length limit.
    package var truncated: Bool
    @ExplicitNull package var promptTokens: Int?
    @ExplicitNull package var completionTokens: Int?
    /// US dollars; nil where the provider's price is not set.
    @ExplicitNull package var cost: Double?
    @ExplicitNull package var durationMs: Int?
    @ExplicitNull package var timeToFirstTokenMs: Int?
    /// Which version of the prompts asked for it.
    package var promptVersion: String
    /// False while it is being spoken.
    package var finished: Bool

    package init(
        id: MessageID,
        seat: Int,
        persona: Persona,
        turn: Int,
        content: String,
        provider: ProviderID,
        model: String,
        fallback: Bool,
        truncated: Bool = false,
        promptTokens: Int? = nil,
        completionTokens: Int? = nil,
        cost: Double? = nil,
        durationMs: Int? = nil,
        timeToFirstTokenMs: Int? = nil,
        promptVersion: String,
        finished: Bool
    ) {
        self.id = id
        self.seat = seat
        self.persona = persona
        self.turn = turn
        self.content = content
        self.provider = provider
        self.model = model
        self.fallback = fallback
        self.truncated = truncated
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cost = cost
        self.durationMs = durationMs
        self.timeToFirstTokenMs = timeToFirstTokenMs
        self.promptVersion = promptVersion
        self.finished = finished
    }
}
