/// What the models' tokens cost, and what may be spent: US dollars.
package struct CostSettings: Sendable {
    /// Per million tokens.
    package struct Price: Sendable {
        package let input: Double
        package let output: Double
    }

    /// By the word that the provider's settings carry, `GROQ` and so on; none where none is set.
    package let prices: [String: Price]
    /// For one discussion; nil: no limit.
    package let discussionLimit: Double?
    /// For all discussions of a day; nil: no limit.
    package let dailyBudget: Double?

    /// - Throws: ``InvalidSetting``, also for a limit that could not be kept since a price is missing.
    init(from reader: SettingsReader, _ providers: ProviderSettings) throws {
        var prices: [String: Price] = [:]
        for name in ["GROQ", "MISTRAL", "OPENROUTER", "LOCAL"] {
            // The house's own server sends no bills.
            let fallback = name == "LOCAL" ? "0" : ""
            let (inputName, outputName) = ("PRICE_\(name)_INPUT", "PRICE_\(name)_OUTPUT")
            let input = try reader.amount(inputName, default: fallback, zero: true)
            let output = try reader.amount(outputName, default: fallback, zero: true)
            guard (input == nil) == (output == nil) else {
                throw InvalidSetting(
                    name: input == nil ? inputName : outputName,
                    fault: "not set, but \(input == nil ? outputName : inputName) is",
                    allowed: "US dollars per million tokens, for both or for neither"
                )
            }
            if let input, let output { prices[name] = Price(input: input, output: output) }
        }
        self.prices = prices
        discussionLimit = try reader.amount("DISCUSSION_COST_LIMIT")
        dailyBudget = try reader.amount("DAILY_COST_BUDGET")
        let limit = discussionLimit != nil ? "DISCUSSION_COST_LIMIT" : "DAILY_COST_BUDGET"
        guard discussionLimit != nil || dailyBudget != nil else { return }
        for (name, _) in providers.configured where prices[name] == nil {
            throw InvalidSetting(
                name: "PRICE_\(name)_INPUT",
                fault: "not set, so \(limit) could not be kept",
                allowed: "US dollars per million tokens"
            )
        }
    }
}
