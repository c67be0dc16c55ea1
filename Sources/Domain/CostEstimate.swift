/// What a discussion will probably cost, told before it starts: rounds × seats × tokens.
///
/// A prompt grows with every message that was said before it, until older rounds are summed up.
package struct CostEstimate: Sendable, Hashable {
    /// US dollars for the first round.
    package let firstRound: Double
    /// US dollars for ``rounds`` rounds.
    package let usual: Double
    /// How many rounds a discussion usually takes: few are better than many (Du 2023; Smit 2311.17371).
    package static let rounds = 3

    /// One or two paragraphs, in tokens.
    package static let answerTokens = 300
    /// The persona's instructions, in tokens.
    private static let instructionTokens = 350
    /// A topic, or an answer of the judge.
    private static let shortTokens = 150

    /// - Parameters:
    ///   - seats: the provider of each seat, in speaking order.
    ///   - prices: nil for a provider makes the estimate nil: it would be a guess.
    ///   - promptLimit: the longest prompt, in tokens.
    ///   - answerLimit: the longest answer, in tokens.
    package init?(seats: [ProviderID], prices: [ProviderID: Price], promptLimit: Int, answerLimit: Int) {
        guard !seats.isEmpty, seats.allSatisfy({ prices[$0] != nil }) else { return nil }
        let answer = min(Self.answerTokens, answerLimit)
        var rounds: [Double] = []
        for round in 0..<Self.rounds {
            var cost = 0.0
            for (seat, provider) in seats.enumerated() {
                guard let price = prices[provider] else { return nil }
                let said = (round * seats.count + seat) * answer
                cost += price.cost(
                    promptTokens: min(promptLimit, Self.instructionTokens + Self.shortTokens + said),
                    completionTokens: answer
                )
            }
            // The judge reads the round once.
            if let judge = seats.last.flatMap({ prices[$0] }) {
                cost += judge.cost(
                    promptTokens: min(promptLimit, Self.instructionTokens + seats.count * answer),
                    completionTokens: Self.shortTokens
                )
            }
            rounds.append(cost)
        }
        firstRound = rounds[0]
        usual = rounds.reduce(0, +)
    }
}
