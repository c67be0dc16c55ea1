import Foundation

/// Everything that an operator can set, parsed and checked once at the start, then handed down.
package struct Settings: Sendable {
    /// A vendor or the house's own server, as far as it is configured.
    package struct Provider: Sendable {
        package let baseURL: String
        package let apiKey: Secret
        package let model: String
        /// For one whole message, all tries included.
        package let timeout: Duration
        package let isConfigured: Bool
    }

    package let dataDirectory: String
    package let databasePath: String
    package let fastCGISocket: String
    /// `host:port` or the path of a unix socket, several separated by commas; empty: no cache.
    package let memcachedServers: String
    package let mistral: Provider
    package let groq: Provider
    package let openrouter: Provider
    package let openrouterFallbackModels: [String]
    package let local: Provider
    /// The local server is the small demonstration model of the local run.
    package let localIsDemo: Bool
    /// The longest answer of a model, in tokens.
    package let maxTokens: Int
    /// Rounds after which a discussion is resolved.
    package let maxTurns: Int
    /// Discussions that are worked on at once.
    package let maxRunningRounds: Int
    /// A seat that is speaking when the process is told to stop may go on for this long.
    package let stopGrace: Duration
    /// Tokens of a prompt before which older rounds give way.
    package let discussionTokenLimit: Int
    /// The local server's context window in tokens; 0: as large as the limit above asks for.
    package let localContextTokens: Int
    /// Polls and live pages that one person may have open at once.
    package let pollsPerPerson: Int
    /// Polls and live pages of all people together.
    package let pollsTotal: Int
    /// Events older than this are removed.
    package let eventRetentionDays: Int
    package let logLevel: LogLevel

    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Model names and addresses that hold until an operator sets others.
    package struct VendorDefaults: Sendable {
        package let baseURL: String
        package let model: String

        package init(baseURL: String, model: String) {
            self.baseURL = baseURL
            self.model = model
        }
    }

    /// Reads every setting.
    ///
    /// - Throws: ``InvalidSetting`` for the first that cannot be used.
    package init(
        from reader: SettingsReader,
        mistral mistralDefaults: VendorDefaults,
        groq groqDefaults: VendorDefaults,
        openrouter openrouterDefaults: VendorDefaults
    ) throws {
        dataDirectory = reader.string("DATA_DIR", default: "var/data")
        let database = reader.string("DATABASE_PATH")
        databasePath = database.isEmpty ? dataDirectory + "/parley.sqlite" : database
        fastCGISocket = reader.string("FASTCGI_SOCKET", default: "var/run/parley.sock")
        memcachedServers = reader.string("MEMCACHED_SERVERS")

        func vendor(_ name: String, _ defaults: VendorDefaults, timeout: Int) throws -> Provider {
            let key = reader.secret("\(name)_API_KEY")
            return Provider(
                baseURL: try reader.address("\(name)_BASE_URL", default: defaults.baseURL),
                apiKey: key,
                model: reader.string("\(name)_MODEL", default: defaults.model),
                timeout: try Self.timeout("LLM_TIMEOUT_\(name)", default: timeout, from: reader),
                isConfigured: !key.reveal().isEmpty
            )
        }
        mistral = try vendor("MISTRAL", mistralDefaults, timeout: 90_000)
        groq = try vendor("GROQ", groqDefaults, timeout: 60_000)
        openrouter = try vendor("OPENROUTER", openrouterDefaults, timeout: 120_000)
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
            timeout: try Self.timeout("LLM_TIMEOUT_LOCAL", default: 300_000, from: reader),
            isConfigured: !address.isEmpty
        )
        localIsDemo = try reader.flag("LOCAL_LLM_DEMO", default: false)
        maxTokens = try reader.integer("MAX_TOKENS", default: 2_000, in: 16...100_000)
        maxTurns = try reader.integer("MAX_TURNS", default: 20, in: 1...1_000)
        maxRunningRounds = try reader.integer("MAX_RUNNING_ROUNDS", default: 8, in: 1...1_000)
        stopGrace = .seconds(try reader.integer("STOP_GRACE_SECONDS", default: 20, in: 0...600))
        discussionTokenLimit = try reader.integer(
            "DISCUSSION_TOKEN_LIMIT",
            default: 16_000,
            in: 1_000...1_000_000
        )
        localContextTokens = try reader.integer("LOCAL_CONTEXT_TOKENS", default: 0, in: 0...1_000_000)
        pollsPerPerson = try reader.integer("POLLS_PER_PERSON", default: 16, in: 1...1_000_000)
        pollsTotal = try reader.integer("POLLS_TOTAL", default: 10_000, in: 1...1_000_000)
        // A day at least: a laptop that slept overnight should find its events.
        eventRetentionDays = try reader.integer("EVENT_RETENTION_DAYS", default: 30, in: 1...3_650)
        logLevel = try reader.choice("LOG_LEVEL", default: .info)

        // The local run's own; the responder does not use them, but a typing error should show here.
        _ = try reader.integer("PARLEY_HTTP_PORT", default: 8_080, in: 1...65_535)
        _ = try reader.integer("PARLEY_HTTPS_PORT", default: 8_443, in: 1...65_535)
        // Generous, since all of the local run comes from one address; nginx takes no more than 65,535.
        _ = try reader.integer("LIMIT_REQ", default: 5_000, in: 1...1_000_000)
        _ = try reader.integer("LIMIT_CONN", default: 20_000, in: 1...65_535)
    }

    private static func timeout(
        _ name: String,
        default fallback: Int,
        from reader: SettingsReader
    ) throws -> Duration {
        // A second is the least that a model can answer in; an hour the most that a person waits.
        .milliseconds(try reader.integer(name, default: fallback, in: 1_000...3_600_000))
    }
}
