/// A role at the table: what it looks for, whichever model lends it a voice.
package enum Persona: String, Sendable, Hashable, CaseIterable, Codable {
    case analyzer = "Analyzer"
    case solver = "Solver"
    case moderator = "Moderator"

    /// The default panel, in speaking order.
    package static let panel: [Persona] = [.analyzer, .solver, .moderator]

    /// The name people read.
    package var name: String { rawValue }

    /// What this voice is at the table for, in a few words for people.
    package var purpose: String {
        switch self {
        case .analyzer: "assumptions, edge cases, what is missing"
        case .solver: "concrete, workable steps"
        case .moderator: "bridges the views and checks them"
        }
    }

    /// The provider that a seat of this persona gets when it is configured.
    package var preferredProvider: ProviderID {
        switch self {
        case .analyzer: .mistral
        case .solver: .groq
        case .moderator: .openrouter
        }
    }
}
