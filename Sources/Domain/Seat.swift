/// A place at the table: a persona, and the provider and model that it was given at the start.
package struct Seat: Sendable, Hashable, Codable {
    /// 1 for the first to speak.
    package let seat: Int
    package let persona: Persona
    package let provider: ProviderID
    package let model: String

    package init(seat: Int, persona: Persona, provider: ProviderID, model: String) {
        self.seat = seat
        self.persona = persona
        self.provider = provider
        self.model = model
    }

    /// The turn of this seat in `round`, counted over the whole discussion from 1.
    package func turn(inRound round: Int, panelSize: Int) -> Int {
        (round - 1) * panelSize + seat
    }
}

/// Who sits where: seats get their persona's provider if it is configured, else the first in the chain.
package struct Panel: Sendable, Hashable, Codable {
    package let seats: [Seat]

    package init(seats: [Seat]) {
        self.seats = seats
    }

    /// Seats the default panel among the configured providers (id → model).
    ///
    /// - Returns: nil when no provider is configured.
    package init?(models: [ProviderID: String]) {
        guard !models.isEmpty else { return nil }
        seats = Persona.panel.enumerated().compactMap { index, persona in
            let chain = ProviderID.chain(from: persona.preferredProvider)
            guard let provider = chain.first(where: { models[$0] != nil }), let model = models[provider]
            else {
                return nil
            }
            return Seat(seat: index + 1, persona: persona, provider: provider, model: model)
        }
    }
}

extension Panel {
    /// The seat whose provider writes about the discussion: the moderator's, else the last one's.
    package var writer: Seat? {
        seats.first { $0.persona == .moderator } ?? seats.last
    }
}

extension ProviderID {
    /// The order in which providers are tried for a seat on `first`.
    package static func chain(from first: ProviderID) -> [ProviderID] {
        [first] + [.groq, .mistral, .openrouter, .local].filter { $0 != first }
    }
}
