package import Domain

/// One configured provider: where it is, who we are to it, which model speaks.
package struct ProviderEndpoint: Sendable, Equatable {
    package let id: ProviderID
    /// Up to and including the version, as in `https://api.mistral.ai/v1`; without a slash at the end.
    package let baseURL: String
    /// Nil for a local server that asks for none: then no Authorization header is sent.
    package let apiKey: APIKey?
    package let model: String
    /// Tried by the vendor itself, in this order, when `model` cannot answer; OpenRouter alone knows them.
    package let fallbackModels: [String]

    package init(
        id: ProviderID,
        baseURL: String,
        apiKey: APIKey?,
        model: String,
        fallbackModels: [String] = []
    ) {
        self.id = id
        self.baseURL = String(baseURL.reversed().drop { $0 == "/" }.reversed())
        self.apiKey = apiKey
        self.model = model
        self.fallbackModels = fallbackModels
    }
}
