/// What models have used and cost so far: of a discussion, or of a day.
package struct Cost: Sendable, Hashable, Codable {
    /// US dollars; nil while nothing that was used has a price.
    @ExplicitNull package var usd: Double?
    package var promptTokens: Int
    package var completionTokens: Int
    /// Answers without a price, which `usd` leaves out: while there are any, it is a lower bound.
    package var unpriced: Int

    package init(usd: Double? = nil, promptTokens: Int = 0, completionTokens: Int = 0, unpriced: Int = 0) {
        self.usd = usd
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.unpriced = unpriced
    }

    private enum CodingKeys: String, CodingKey { case usd, promptTokens, completionTokens, unpriced }

    /// Also reads what was written when only `usd` was known.
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        usd = try fields.decodeIfPresent(Double.self, forKey: .usd)
        promptTokens = try fields.decodeIfPresent(Int.self, forKey: .promptTokens) ?? 0
        completionTokens = try fields.decodeIfPresent(Int.self, forKey: .completionTokens) ?? 0
        unpriced = try fields.decodeIfPresent(Int.self, forKey: .unpriced) ?? 0
    }

    /// With one more answer.
    package mutating func add(_ usage: Usage) {
        if let cost = usage.cost { usd = (usd ?? 0) + cost } else { unpriced += 1 }
        promptTokens += usage.promptTokens
        completionTokens += usage.completionTokens
    }
}

/// What one answer of a model used.
package struct Usage: Sendable, Hashable {
    /// What it was asked for.
    package enum Purpose: String, Sendable, Hashable, CaseIterable {
        case message, verdict, questions, summary, conclusion
    }

    package let provider: ProviderID
    package let model: String
    package let purpose: Purpose
    package let promptTokens: Int
    package let completionTokens: Int
    /// US dollars; nil where neither the provider nor a setting tells the price.
    package let cost: Double?

    package init(
        provider: ProviderID,
        model: String,
        purpose: Purpose,
        promptTokens: Int,
        completionTokens: Int,
        cost: Double?
    ) {
        self.provider = provider
        self.model = model
        self.purpose = purpose
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.cost = cost
    }
}

/// A provider's price in US dollars per million tokens.
package struct Price: Sendable, Hashable {
    package let input: Double
    package let output: Double

    package init(input: Double, output: Double) {
        self.input = input
        self.output = output
    }

    /// US dollars for an answer.
    package func cost(promptTokens: Int, completionTokens: Int) -> Double {
        (Double(promptTokens) * input + Double(completionTokens) * output) / 1_000_000
    }
}
