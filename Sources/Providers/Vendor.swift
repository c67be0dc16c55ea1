package import Domain

/// What differs between the services that speak the same protocol.
package struct Vendor: Sendable {
    package let id: ProviderID
    /// Nil where only the operator can know it.
    package let defaultBaseURL: String?
    /// Nil where only the operator can know it.
    package let defaultModel: String?
    package let baseURLSetting: String
    package let modelSetting: String
    package let keySetting: String
    package let timeoutSetting: String

    /// How a sentence begins that speaks about it.
    let subject: String
    /// The name of the field that bounds the answer's length.
    let lengthField: String
    /// Whether usage has to be asked for by `stream_options`; Mistral always sends it, and has answered the
    /// question with 422 (openai-agents-python issue 442).
    let asksForUsage: Bool
    /// Whether the request may carry a `models` list.
    let takesFallbackModels: Bool
    /// What a health probe asks for: the models, but OpenRouter lists those for any key.
    var probePath = "/models"
}

extension Vendor {
    /// The description of a provider.
    package static func of(_ id: ProviderID) -> Vendor {
        switch id {
        case .groq: groq
        case .mistral: mistral
        case .openrouter: openrouter
        case .local: local
        }
    }

    /// The field by which a model that thinks before it speaks is asked to keep that short: thoughts spend
    /// the answer's tokens, and the table waits in silence meanwhile.
    func briefThinking(of model: String) -> (name: String, value: String)? {
        switch id {
        // Groq's other models refuse the word.
        case .groq where model.hasPrefix("openai/gpt-oss"): ("reasoning_effort", #""low""#)
        // OpenRouter translates it, or leaves it out for models that do not think.
        case .openrouter: ("reasoning", #"{"effort":"low"}"#)
        case .groq, .mistral, .local: nil
        }
    }

    // The default models are of comparable strength and come from three different houses: a table
    // of one family in three costumes would agree with itself.

    private static let groq = Vendor(
        id: .groq,
        defaultBaseURL: "https://api.groq.com/openai/v1",
        defaultModel: "openai/gpt-oss-120b",
        baseURLSetting: "GROQ_BASE_URL",
        modelSetting: "GROQ_MODEL",
        keySetting: "GROQ_API_KEY",
        timeoutSetting: "LLM_TIMEOUT_GROQ",
        subject: "Groq",
        lengthField: "max_completion_tokens",
        asksForUsage: true,
        takesFallbackModels: false
    )

    private static let mistral = Vendor(
        id: .mistral,
        defaultBaseURL: "https://api.mistral.ai/v1",
        // The vendor's own alias: it follows the current medium model through each retirement.
        defaultModel: "mistral-medium-latest",
        baseURLSetting: "MISTRAL_BASE_URL",
        modelSetting: "MISTRAL_MODEL",
        keySetting: "MISTRAL_API_KEY",
        timeoutSetting: "LLM_TIMEOUT_MISTRAL",
        subject: "Mistral",
        lengthField: "max_tokens",
        asksForUsage: false,
        takesFallbackModels: false
    )

    private static let openrouter = Vendor(
        id: .openrouter,
        defaultBaseURL: "https://openrouter.ai/api/v1",
        defaultModel: "deepseek/deepseek-v4.1-flash",
        baseURLSetting: "OPENROUTER_BASE_URL",
        modelSetting: "OPENROUTER_MODEL",
        keySetting: "OPENROUTER_API_KEY",
        timeoutSetting: "LLM_TIMEOUT_OPENROUTER",
        subject: "OpenRouter",
        lengthField: "max_tokens",
        asksForUsage: true,
        takesFallbackModels: true,
        probePath: "/key"
    )

    private static let local = Vendor(
        id: .local,
        defaultBaseURL: nil,
        defaultModel: nil,
        baseURLSetting: "LOCAL_LLM_BASE_URL",
        modelSetting: "LOCAL_LLM_MODEL",
        keySetting: "LOCAL_LLM_API_KEY",
        timeoutSetting: "LLM_TIMEOUT_LOCAL",
        subject: "The local model server",
        lengthField: "max_tokens",
        asksForUsage: true,
        takesFallbackModels: false
    )
}
