import Domain
import Engine

/// What a person is told of the costs before a discussion starts.
struct CostNote {
    let words: String?

    /// Nil where nobody sends a bill, or no provider is configured.
    ///
    /// - Parameter takesFiles: then their text in every prompt is told of too.
    init(_ engine: Engine, place: Place, takesFiles: Bool) {
        guard let panel = engine.panel(place: place) else {
            words = nil
            return
        }
        let limits = engine.limits
        let limit = limits.budget.discussion.map {
            " A discussion stops at \(Dollars.text($0))."
        }
        let estimate = CostEstimate(
            seats: panel.seats.map(\.provider),
            prices: limits.prices,
            promptLimit: limits.promptTokens,
            answerLimit: limits.maxTokens
        )
        if let estimate {
            words =
                estimate.usual == 0
                ? nil
                : "An estimate: the first round costs about \(Dollars.text(estimate.firstRound)), "
                    + "\(CostEstimate.rounds) rounds about \(Dollars.text(estimate.usual))."
                    + (takesFiles ? Self.files(panel, limits) : "") + (limit ?? "")
        } else {
            words = "What this costs is not known: the providers' prices are not set (PRICE_…)."
        }
    }

    /// What files may add, if they fill the room that they have in each prompt.
    private static func files(_ panel: Panel, _ limits: Engine.Limits) -> String {
        let tokens = min(limits.fileTokens, limits.promptTokens / 2)
        let cost = panel.seats.reduce(0.0) { sum, seat in
            sum + (limits.prices[seat.provider]?.cost(promptTokens: tokens, completionTokens: 0) ?? 0)
        }
        return " Files add up to \(Dollars.text(cost)) a round."
    }
}

extension Cost {
    /// `$0.0123`, for a list; nil while nothing is known to cost anything.
    var short: String? {
        guard let usd, usd > 0 else { return nil }
        return "\(unpriced > 0 ? "more than " : "")\(Dollars.text(usd))"
    }

    /// `cost $0.0123 so far`; nil while nothing is known to cost anything.
    var words: String? {
        guard let usd, usd > 0 else { return nil }
        return "\(unpriced > 0 ? "cost more than" : "cost") \(Dollars.text(usd)) so far"
    }
}
