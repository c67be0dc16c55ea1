import Foundation

/// The providers of language models, as far as they are configured.
package struct ProviderSettings: Sendable {
    /// A vendor or the house's own server.
    package struct Provider: Sendable {
        package let baseURL: String
        package let apiKey: Secret
        package let model: String
        /// For one whole message, all tries included.
        package let timeout: Duration
        /// Answers that it is asked for at once.
        package let concurrency: Int
        package let isConfigured: Bool
    }

    /// Model names and addresses that hold until an operator sets others.
    package struct Defaults: Sendable {
        package let baseURL: String
        package let model: String

        package init(baseURL: String, model: String) {
            self.baseURL = baseURL
            self.model = model
        }
    }

    package let mistral: Provider
    package let groq: Provider
    package let openrouter: Provider
    package let openrouterFallbackModels: [String]
    package let local: Provider
    /// The local server is the small demonstration model of the local run.
    package let localIsDemo: Bool
    /// The local server's context window in tokens; nil: not known.
    package let localContextTokens: Int?
    /// Whether a vendor may speak for a seat on the local server when that server fails.
    package let allowsExternalFallback: Bool

    init(from reader: SettingsReader, mistral: Defaults, groq: Defaults, openrouter: Defaults) throws {
        func vendor(_ name: String, _ defaults: Defaults, timeout: Int) throws -> Provider {
            let key = reader.secret("\(name)_API_KEY")
            return Provider(
                baseURL: try reader.address("\(name)_BASE_URL", default: defaults.baseURL),
                apiKey: key,
                model: reader.string("\(name)_MODEL", default: defaults.model),
                timeout: try Self.timeout(name, default: timeout, from: reader),
                concurrency: try Self.concurrency(name, default: 8, from: reader),
                isConfigured: !key.reveal().isEmpty
            )
        }
        self.mistral = try vendor("MISTRAL", mistral, timeout: 90_000)
        self.groq = try vendor("GROQ", groq, timeout: 60_000)
        self.openrouter = try vendor("OPENROUTER", openrouter, timeout: 120_000)
        openrouterFallbackModels = reader.string("OPENROUTER_FALLBACK_MODELS")
            .split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }

        let address = try reader.address("LOCAL_LLM_BASE_URL")
        let model = reader.string("LOCAL_LLM_MODEL")
        if !address.isEmpty, model.isEmpty {
            throw InvalidSetting(
                name: "LOCAL_LLM_MODEL",
                fault: "not set, but LOCAL_LLM_BASE_URL is",
                allowed: "a model's name as the local server lists it"
            )
        }
        local = Provider(
            baseURL: address,
            apiKey: reader.secret("LOCAL_LLM_API_KEY"),
            model: model,
            timeout: try Self.timeout("LOCAL", default: 300_000, from: reader),
            // A server of one machine soon answers everybody slowly; most take two at once.
            concurrency: try Self.concurrency("LOCAL", default: 2, from: reader),
            isConfigured: !address.isEmpty
        )
        localIsDemo = try reader.flag("LOCAL_LLM_DEMO", default: false)
        let context = try reader.integer("LOCAL_CONTEXT_TOKENS", default: 0, in: 0...1_000_000)
        localContextTokens = context == 0 ? nil : context
        allowsExternalFallback = try reader.flag("ALLOW_EXTERNAL_FALLBACK", default: false)
    }

    /// Those that are configured, by the word that their settings' names carry.
    package var configured: [(name: String, provider: Provider)] {
        [("GROQ", groq), ("MISTRAL", mistral), ("OPENROUTER", openrouter), ("LOCAL", local)]
            .filter(\.provider.isConfigured)
    }

    private static func timeout(
        _ name: String,
        default fallback: Int,
        from reader: SettingsReader
    ) throws -> Duration {
        // A second is the least that a model can answer in; an hour the most that a person waits.
        .milliseconds(try reader.integer("LLM_TIMEOUT_\(name)", default: fallback, in: 1_000...3_600_000))
    }

    private static func concurrency(
        _ name: String,
        default fallback: Int,
        from reader: SettingsReader
    ) throws -> Int {
        // Each holds a connection; the client's pool has room for a thousand.
        try reader.integer("LLM_CONCURRENCY_\(name)", default: fallback, in: 1...1_000)
    }
}
