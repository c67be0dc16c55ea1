import Foundation
import Support
import Testing

/// Every variable of `.env.example`: its default, what another value does, and what a bad one says.
@Suite("Every setting")
struct EverySettingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        /// Another value, with what it needs to be of use.
        let value: String
        var others: [String: String] = [:]
        /// What the value does, seen in the settings.
        let effect: @Sendable (Settings) -> Bool
        /// A value that stops the start, and words of the line that says so; nil: every text is one.
        var bad: (value: String, words: String)?

        var testDescription: String { name }
    }

    private static let local = ["LOCAL_LLM_BASE_URL": "http://127.0.0.1:1/v1", "LOCAL_LLM_MODEL": "m"]

    private static func number(
        _ name: String,
        _ value: String,
        bad: String,
        _ range: String,
        _ effect: @escaping @Sendable (Settings) -> Bool
    ) -> Row {
        Row(
            name: name,
            value: value,
            effect: effect,
            bad: (bad, "\(name): \(bad) is out of range; allowed: \(range)")
        )
    }

    private static func flag(
        _ name: String,
        _ value: String,
        _ effect: @escaping @Sendable (Settings) -> Bool
    ) -> Row {
        Row(
            name: name,
            value: value,
            effect: effect,
            bad: ("perhaps", "\(name): \"perhaps\" is neither; allowed: true or false")
        )
    }

    private static func text(
        _ name: String,
        _ value: String,
        _ effect: @escaping @Sendable (Settings) -> Bool
    ) -> Row {
        Row(name: name, value: value, effect: effect)
    }

    private static func provider(
        _ name: String,
        _ default: String,
        _ of: @escaping @Sendable (Settings) -> ProviderSettings.Provider
    ) -> [Row] {
        [
            Row(
                name: "\(name)_API_KEY",
                value: "k-1",
                effect: { of($0).apiKey.reveal() == "k-1" && of($0).isConfigured },
                bad: ("a b", "\(name)_API_KEY: it has a space or another sign that no key has")
            ),
            text("\(name)_MODEL", "another") { of($0).model == "another" },
            Row(
                name: "\(name)_BASE_URL",
                value: "http://127.0.0.1:9/v1/",
                effect: { of($0).baseURL == "http://127.0.0.1:9/v1" },
                bad: ("ftp://x", "\(name)_BASE_URL: \"ftp://x\" is not an address")
            ),
            number("LLM_TIMEOUT_\(name)", "1000", bad: "10", "1000 to 3600000") {
                of($0).timeout == .seconds(1)
            },
            number("LLM_CONCURRENCY_\(name)", "3", bad: "0", "1 to 1000") { of($0).concurrency == 3 },
            flag("\(name)_VISION", "true") { $0.uploads.seeing == [name] },
        ] + prices(name)
    }

    private static func prices(_ name: String) -> [Row] {
        ["INPUT", "OUTPUT"].map { way in
            Row(
                name: "PRICE_\(name)_\(way)",
                value: "1.5",
                others: ["PRICE_\(name)_\(way == "INPUT" ? "OUTPUT" : "INPUT")": "2"],
                effect: { settings in
                    let price = settings.costs.prices[name]
                    return (way == "INPUT" ? price?.input : price?.output) == 1.5
                },
                bad: ("-1", "PRICE_\(name)_\(way): \"-1\" is no amount of US dollars")
            )
        }
    }

    private static let localRows: [Row] = [
        Row(
            name: "LOCAL_LLM_BASE_URL",
            value: "http://127.0.0.1:2/v1",
            others: ["LOCAL_LLM_MODEL": "m"],
            effect: {
                $0.providers.local.baseURL == "http://127.0.0.1:2/v1" && $0.providers.local.isConfigured
            },
            bad: ("localhost", "LOCAL_LLM_BASE_URL: \"localhost\" is not an address")
        ),
        Row(name: "LOCAL_LLM_MODEL", value: "n", others: local, effect: { $0.providers.local.model == "n" }),
        Row(
            name: "LOCAL_LLM_API_KEY",
            value: "k",
            others: local,
            effect: { $0.providers.local.apiKey.reveal() == "k" },
            bad: ("a b", "LOCAL_LLM_API_KEY: it has a space")
        ),
        number("LLM_TIMEOUT_LOCAL", "2000", bad: "1", "1000 to 3600000") {
            $0.providers.local.timeout == .seconds(2)
        },
        number("LOCAL_CONTEXT_TOKENS", "4096", bad: "-1", "0 to 1000000") {
            $0.providers.localContextTokens == 4_096
        },
        flag("LOCAL_LLM_DEMO", "true") { $0.providers.localIsDemo },
        flag("ALLOW_EXTERNAL_FALLBACK", "true") { $0.providers.allowsExternalFallback },
        number("LLM_CONCURRENCY_LOCAL", "5", bad: "1001", "1 to 1000") {
            $0.providers.local.concurrency == 5
        },
        flag("LOCAL_LLM_VISION", "true") { $0.uploads.seeing == ["LOCAL"] },
        Row(
            name: "DEFAULT_PLACE",
            value: "house",
            effect: \.staysInHouse,
            bad: ("moon", "DEFAULT_PLACE: \"moon\" is none of them; allowed: any, house")
        ),
    ]

    private static let siteRows: [Row] = [
        text("HTTPS_PROXY", "http://proxy.example:3128") {
            $0.network.proxy.reveal() == "http://proxy.example:3128"
        },
        text("NO_PROXY", "a,b") { $0.network.noProxy == "a,b" },
        text("SSL_CERT_FILE", "/x.pem") { $0.network.certificates == "/x.pem" },
        flag("ENABLE_VIRUS_SCAN", "false") { !$0.scanning.isEnabled },
        Row(
            name: "SCAN_ENGINE",
            value: "clamd",
            effect: { $0.scanning.engine == .clamd },
            bad: ("avast", "SCAN_ENGINE: \"avast\" is none of them; allowed: auto, libclamav, clamd")
        ),
        Row(
            name: "CLAMAV_HOST",
            value: "scanner.example",
            effect: { $0.scanning.host == "scanner.example" },
            bad: ("a/b", "CLAMAV_HOST: \"a/b\" is no host")
        ),
        number("CLAMAV_PORT", "3311", bad: "70000", "1 to 65535") { $0.scanning.port == 3_311 },
        text("CLAMAV_SOCKET", "/run/clamd.sock") { $0.scanning.socket == "/run/clamd.sock" },
        text("CLAMAV_DATABASE_DIR", "/signatures") { $0.scanning.databaseDirectory == "/signatures" },
        Row(
            name: "TIMEZONE",
            value: "Europe/Berlin",
            effect: { $0.timeZone.identifier == "Europe/Berlin" },
            bad: ("Mars/Olympus", "TIMEZONE: \"Mars/Olympus\" is no time zone")
        ),
        number("MAX_TURNS", "3", bad: "0", "1 to 1000") { $0.maxTurns == 3 },
        number("MAX_RUNNING_ROUNDS", "2", bad: "0", "1 to 1000") { $0.maxRunningRounds == 2 },
        number("STOP_GRACE_SECONDS", "0", bad: "601", "0 to 600") { $0.stopGrace == .zero },
        number("MAX_TOKENS", "16", bad: "15", "16 to 100000") { $0.maxTokens == 16 },
        number("DISCUSSION_TOKEN_LIMIT", "1000", bad: "999", "1000 to 1000000") {
            $0.discussionTokenLimit == 1_000
        },
        number("POLLS_PER_PERSON", "2", bad: "0", "1 to 1000000") { $0.pollsPerPerson == 2 },
        number("POLLS_TOTAL", "9", bad: "1000001", "1 to 1000000") { $0.pollsTotal == 9 },
        number("EVENT_RETENTION_DAYS", "1", bad: "3651", "1 to 3650") { $0.eventRetentionDays == 1 },
        number("MAX_FILES", "1", bad: "21", "1 to 20") { $0.uploads.maxFiles == 1 },
        number("FILE_TOKEN_LIMIT", "100", bad: "99", "100 to 1000000") { $0.uploads.fileTokenLimit == 100 },
        number("MAX_FILE_MB", "1", bad: "0", "1 to 1000") { $0.uploads.maxFileBytes == 1 << 20 },
        number("MAX_UPLOAD_MB", "1000", bad: "1001", "1 to 1000") {
            $0.uploads.maxUploadBytes == 1_000 << 20
        },
        text("OPENROUTER_FALLBACK_MODELS", "a, b") { $0.providers.openrouterFallbackModels == ["a", "b"] },
        Row(
            name: "DISCUSSION_COST_LIMIT",
            value: "0.5",
            others: local,
            effect: { $0.costs.discussionLimit == 0.5 },
            bad: ("0", "DISCUSSION_COST_LIMIT: \"0\" is no amount of US dollars; allowed: a number above 0")
        ),
        Row(
            name: "DAILY_COST_BUDGET",
            value: "10",
            others: local,
            effect: { $0.costs.dailyBudget == 10 },
            bad: ("much", "DAILY_COST_BUDGET: \"much\" is no amount")
        ),
        text("DATA_DIR", "/data") { $0.databasePath == "/data/parley.sqlite" },
        text("DATABASE_PATH", "/db") { $0.databasePath == "/db" },
        text("FASTCGI_SOCKET", "/s") { $0.fastCGISocket == "/s" },
        Row(
            name: "PUBLIC_URL",
            value: "https://a.example/p/",
            effect: { $0.publicAddress?.path == "/p" },
            bad: ("a.example", "PUBLIC_URL: it is not the address of a site")
        ),
        Row(
            name: "TRUSTED_PROXIES",
            value: "10.0.0.0/8",
            effect: { $0.trustedProxies.contains("10.1.2.3") },
            bad: ("proxy", "TRUSTED_PROXIES: \"proxy\" is no list of addresses")
        ),
        text("MEMCACHED_SERVERS", "m:1") { $0.memcachedServers == "m:1" },
        flag("BACKUP_ENABLED", "false") { !$0.backups.isEnabled },
        number("BACKUP_RETENTION_DAYS", "1", bad: "0", "1 to 3650") { $0.backups.retentionDays == 1 },
        number("BACKUP_INTERVAL_HOURS", "2", bad: "169", "1 to 168") { $0.backups.interval == 7_200 },
        text("BACKUPS_DIR", "/b") { $0.backups.directory == "/b" },
        Row(
            name: "LOG_LEVEL",
            value: "debug",
            effect: { $0.logLevel == .debug },
            bad: ("loud", "LOG_LEVEL: \"loud\" is none of them; allowed: trace, debug")
        ),
        Row(
            name: "LOG_FORMAT",
            value: "json",
            effect: { $0.logFormat == .json },
            bad: ("xml", "LOG_FORMAT: \"xml\" is none of them; allowed: text, json")
        ),
        text("AUDIT_LOG", "stdout") { $0.auditLog == "stdout" },
        number("RATE_LIMIT_START", "1", bad: "0", "1 to 1000000") { $0.rates.start == 1 },
        number("RATE_LIMIT_COMMANDS", "2", bad: "0", "1 to 1000000") { $0.rates.commands == 2 },
        number("RATE_LIMIT_UPLOADS", "3", bad: "0", "1 to 1000000") { $0.rates.uploads == 3 },
        number("PARLEY_HTTP_PORT", "8090", bad: "0", "1 to 65535") { $0.localPort == 8_090 },
    ]

    private static let accessRows: [Row] = [
        Row(
            name: "AUTH_MODE",
            value: "accounts",
            effect: { $0.access.mode == .accounts },
            bad: ("none", "AUTH_MODE: \"none\" is none of them; allowed: open, accounts, proxy")
        ),
        flag("AUTH_OPEN_TO_NETWORK", "true") { $0.access.isOpenToNetwork },
        text("AUTH_ADMIN_GROUP", "parley-admins") { $0.access.adminGroup == "parley-admins" },
        number("SESSION_TIMEOUT_MINUTES", "5", bad: "4", "5 to 43200") { $0.access.sessionMinutes == 5 },
        number("RATE_LIMIT_SIGNIN", "2", bad: "0", "1 to 1000000") { $0.access.signInsPerMinute == 2 },
    ]

    static let rows: [Row] =
        provider("MISTRAL", "", \.providers.mistral) + provider("GROQ", "", \.providers.groq)
        + provider("OPENROUTER", "", \.providers.openrouter) + prices("LOCAL") + localRows + siteRows
        + accessRows

    /// The local run's own, which the responder only checks: a bad value, and the file in which the effect is tested.
    static let elsewhere: [String: (bad: String, test: String)] = [
        "PARLEY_HTTPS_PORT": ("0", "Tests/Integration/local_run.py"),
        "LIMIT_REQ": ("0", "Tests/Integration/test_nginx.py"),
        "LIMIT_CONN": ("65536", "Tests/Integration/test_nginx.py"),
    ]

    @Test("of the local run is checked, and has its effect in a test of the run", arguments: elsewhere.keys)
    func localRun(name: String) throws {
        let (bad, test) = try #require(Self.elsewhere[name])
        let fault = #expect(throws: InvalidSetting.self) { try readSettings([name: bad]) }
        #expect(fault?.description.hasPrefix("\(name): \(bad) is out of range; allowed: 1 to ") == true)
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: test), encoding: .utf8)
        #expect(text.contains(name))
    }

    @Test("has a row here, or a test of its own that is named here")
    func complete() throws {
        let (_, entries) = try readSettings()
        let known = Set(entries.map(\.name))
        let told = Set(Self.rows.map(\.name)).union(Self.elsewhere.keys)
        #expect(known.subtracting(told).isEmpty)
        #expect(told.subtracting(known).isEmpty)
    }

    @Test("with another value has its effect, which its default has not", arguments: rows)
    func effect(row: Row) throws {
        let (settings, entries) = try readSettings(row.others.merging([row.name: row.value]) { $1 })
        #expect(row.effect(settings))
        let entry = try #require(entries.first { $0.name == row.name })
        #expect(entry.shown != entry.fallback)
        let without = try readSettings().settings
        #expect(!row.effect(without))
        // A value of `.env` has the same effect, in quotes and with a comment.
        let lines = row.others.merging([row.name: row.value]) { $1 }.map { "\($0)=\"\($1)\" # a comment" }
        let written = try readSettings(file: DotEnv.parse(lines.joined(separator: "\n"))).settings
        #expect(row.effect(written))
    }

    @Test("with a bad value says so in one line that names it", arguments: rows.filter { $0.bad != nil })
    func bad(row: Row) throws {
        let bad = try #require(row.bad)
        let fault = try #require(
            #expect(throws: InvalidSetting.self) {
                try readSettings(row.others.merging([row.name: bad.value]) { $1 })
            }
        )
        #expect(fault.description.hasPrefix(bad.words), "\(fault)")
        #expect(!fault.description.contains("\n"))
    }
}
