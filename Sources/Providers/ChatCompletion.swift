/// What is known of an answer when it is complete.
package struct ChatCompletion: Sendable, Equatable {
    package let finishReason: FinishReason
    /// Nil if the server did not tell.
    package let usage: TokenUsage?
    /// The model that answered, in the server's words; the one that was asked for if it did not tell.
    package let model: String

    package init(finishReason: FinishReason, usage: TokenUsage?, model: String) {
        self.finishReason = finishReason
        self.usage = usage
        self.model = model
    }
}

/// Why a model stopped.
package enum FinishReason: Sendable, Equatable {
    /// It had said what it wanted to say.
    case stop
    /// It ran into `maxTokens` or the end of its context: the answer is cut short.
    case length
    /// Anything else, such as `content_filter`.
    case other(String)
}

/// Tokens as the provider counted them.
package struct TokenUsage: Sendable, Equatable {
    package let promptTokens: Int
    package let completionTokens: Int
    /// What the provider says that it charges, in US dollars; nil where it does not tell.
    package let cost: Double?

    package init(promptTokens: Int, completionTokens: Int, cost: Double? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cost = cost
    }
}
