package import Foundation

/// Everything that an operator can set, parsed and checked once at the start, then handed down.
package struct Settings: Sendable {
    package let dataDirectory: String
    package let databasePath: String
    package let fastCGISocket: String
    /// Where people find the site; nil: at the root of whatever host they ask.
    package let publicAddress: PublicAddress?
    /// Where the local run's nginx listens.
    package let localPort: Int
    /// Whose word about a request's origin is taken.
    package let trustedProxies: TrustedProxies
    /// Who may come in.
    package let access: AccessSettings
    /// `host:port` or the path of a unix socket, several separated by commas; empty: no cache.
    package let memcachedServers: String
    package let providers: ProviderSettings
    package let costs: CostSettings
    package let uploads: UploadSettings
    package let backups: BackupSettings
    /// The way to the vendors.
    package let network: NetworkSettings
    /// Who scans files.
    package let scanning: ScanSettings
    /// Where a new discussion's words may go unless the person says otherwise: only to the local server.
    package let staysInHouse: Bool
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
    /// Where a day begins.
    package let timeZone: TimeZone
    /// Polls and live pages that one person may have open at once.
    package let pollsPerPerson: Int
    /// Polls and live pages of all people together.
    package let pollsTotal: Int
    /// Events older than this are removed.
    package let eventRetentionDays: Int
    /// Commands that one person may send in a minute.
    package let rates: RateSettings
    package let logLevel: LogLevel
    package let logFormat: RedactingLogHandler.Format
    /// Where the audit log goes: a file's path, or `stdout`.
    package let auditLog: String

    package enum LogLevel: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Everything that was configured and must not be shown.
    package var secrets: [Secret] {
        providers.configured.map(\.provider.apiKey) + network.secrets
    }

    private enum PlaceName: String, CaseIterable {
        case any, house
    }

    /// Reads every setting.
    ///
    /// - Throws: ``InvalidSetting`` for the first that cannot be used.
    package init(
        from reader: SettingsReader,
        mistral: ProviderSettings.Defaults,
        groq: ProviderSettings.Defaults,
        openrouter: ProviderSettings.Defaults
    ) throws {
        dataDirectory = reader.string("DATA_DIR", default: "var/data")
        let database = reader.string("DATABASE_PATH")
        databasePath = database.isEmpty ? dataDirectory + "/parley.sqlite" : database
        fastCGISocket = reader.string("FASTCGI_SOCKET", default: "var/run/parley.sock")
        publicAddress = try reader.publicAddress("PUBLIC_URL")
        trustedProxies = try reader.trustedProxies("TRUSTED_PROXIES")
        access = try AccessSettings(from: reader)
        memcachedServers = reader.string("MEMCACHED_SERVERS")

        providers = try ProviderSettings(from: reader, mistral: mistral, groq: groq, openrouter: openrouter)
        costs = try CostSettings(from: reader, providers)
        network = NetworkSettings(from: reader)
        scanning = try ScanSettings(from: reader)
        uploads = try UploadSettings(from: reader)
        backups = try BackupSettings(from: reader, dataDirectory: dataDirectory)
        let place: PlaceName = try reader.choice("DEFAULT_PLACE", default: .any)
        staysInHouse = place == .house
        maxTokens = try reader.integer("MAX_TOKENS", default: 2_000, in: 16...100_000)
        maxTurns = try reader.integer("MAX_TURNS", default: 20, in: 1...1_000)
        maxRunningRounds = try reader.integer("MAX_RUNNING_ROUNDS", default: 8, in: 1...1_000)
        stopGrace = .seconds(try reader.integer("STOP_GRACE_SECONDS", default: 20, in: 0...600))
        discussionTokenLimit = try reader.integer(
            "DISCUSSION_TOKEN_LIMIT",
            default: 16_000,
            in: 1_000...1_000_000
        )
        timeZone = try reader.timeZone("TIMEZONE")
        pollsPerPerson = try reader.integer("POLLS_PER_PERSON", default: 16, in: 1...1_000_000)
        pollsTotal = try reader.integer("POLLS_TOTAL", default: 10_000, in: 1...1_000_000)
        // A day at least: a laptop that slept overnight should find its events.
        eventRetentionDays = try reader.integer("EVENT_RETENTION_DAYS", default: 30, in: 1...3_650)
        rates = try RateSettings(from: reader)
        logLevel = try reader.choice("LOG_LEVEL", default: .info)
        logFormat = try reader.choice("LOG_FORMAT", default: .text)
        let audit = reader.string("AUDIT_LOG")
        auditLog = audit.isEmpty ? dataDirectory + "/audit.log" : audit

        // The local run's own; the responder does not use them (`parley check` does one), but a typing error should show here.
        localPort = try reader.integer("PARLEY_HTTP_PORT", default: 8_080, in: 1...65_535)
        _ = try reader.integer("PARLEY_HTTPS_PORT", default: 8_443, in: 1...65_535)
        // Generous, since all of the local run comes from one address; nginx takes no more than 65,535.
        _ = try reader.integer("LIMIT_REQ", default: 5_000, in: 1...1_000_000)
        _ = try reader.integer("LIMIT_CONN", default: 20_000, in: 1...65_535)
    }
}
