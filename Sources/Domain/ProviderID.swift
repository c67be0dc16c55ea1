/// A service that models answer from: three vendors, and the house's own server.
///
/// The raw value is the name used in settings, events, JSON and pages.
package enum ProviderID: String, Sendable, Hashable, CaseIterable, Codable {
    case groq
    case mistral
    case openrouter
    case local

    /// The name people know it by.
    package var displayName: String {
        switch self {
        case .groq: "Groq"
        case .mistral: "Mistral"
        case .openrouter: "OpenRouter"
        case .local: "Local"
        }
    }
}
