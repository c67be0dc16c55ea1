import Domain
import Foundation
import Providers
import Support
import Testing

/// The settings as the responder reads them.
func readSettings(
    _ environment: [String: String] = [:],
    file: [String: String] = [:]
) throws -> (settings: Settings, entries: [SettingsReader.Entry]) {
    let reader = SettingsReader(environment: environment, file: file)
    func defaults(_ id: ProviderID) -> ProviderSettings.Defaults {
        .init(baseURL: Vendor.of(id).defaultBaseURL ?? "", model: Vendor.of(id).defaultModel ?? "")
    }
    let settings = try Settings(
        from: reader,
        mistral: defaults(.mistral),
        groq: defaults(.groq),
        openrouter: defaults(.openrouter)
    )
    return (settings, reader.entries)
}

@Suite("The settings")
struct SettingsTests {
    @Test("are the documented defaults when nothing is set")
    func defaults() throws {
        let (settings, entries) = try readSettings()
        #expect(settings.dataDirectory == "var/data")
        #expect(settings.databasePath == "var/data/parley.sqlite")
        #expect(settings.fastCGISocket == "var/run/parley.sock")
        #expect(settings.memcachedServers == "")
        #expect(settings.providers.mistral.timeout == .seconds(90))
        #expect(settings.providers.groq.timeout == .seconds(60))
        #expect(settings.providers.openrouter.timeout == .seconds(120))
        #expect(settings.providers.local.timeout == .seconds(300))
        #expect(settings.providers.openrouterFallbackModels == [])
        #expect(settings.maxTokens == 2_000)
        #expect(settings.discussionTokenLimit == 16_000)
        #expect(settings.providers.localContextTokens == nil)
        #expect(settings.logLevel == .info)
        #expect(!settings.providers.localIsDemo)
        for provider in [
            settings.providers.mistral, settings.providers.groq, settings.providers.openrouter,
            settings.providers.local,
        ] {
            #expect(!provider.isConfigured)
            #expect(provider.apiKey.reveal().isEmpty)
        }
        #expect(settings.providers.mistral.baseURL == "https://api.mistral.ai/v1")
        #expect(settings.providers.groq.baseURL == "https://api.groq.com/openai/v1")
        #expect(settings.providers.openrouter.baseURL == "https://openrouter.ai/api/v1")
        #expect(entries.allSatisfy { $0.shown == $0.fallback })
        #expect(Set(entries.map(\.name)).count == entries.count)
    }

    @Test("are taken from the environment")
    func taken() throws {
        let (settings, _) = try readSettings([
            "DATA_DIR": "/srv/parley", "MISTRAL_API_KEY": "k1", "MISTRAL_MODEL": "m",
            "MISTRAL_BASE_URL": "https://mistral.example/v1/", "GROQ_API_KEY": "k2",
            "LLM_TIMEOUT_GROQ": "1000",
            "OPENROUTER_API_KEY": "k3", "OPENROUTER_FALLBACK_MODELS": " a/b , c/d,, ",
            "LOCAL_LLM_BASE_URL": "http://127.0.0.1:11434/v1", "LOCAL_LLM_MODEL": "llama",
            "LOCAL_LLM_API_KEY": "k4", "LOCAL_LLM_DEMO": "yes", "MAX_TOKENS": "16",
            "DISCUSSION_TOKEN_LIMIT": "1000000", "LOCAL_CONTEXT_TOKENS": "4096", "LOG_LEVEL": "debug",
        ])
        #expect(settings.databasePath == "/srv/parley/parley.sqlite")
        #expect(settings.providers.mistral.apiKey.reveal() == "k1")
        #expect(settings.providers.mistral.model == "m")
        #expect(settings.providers.mistral.baseURL == "https://mistral.example/v1")
        #expect(
            settings.providers.mistral.isConfigured && settings.providers.groq.isConfigured
                && settings.providers.openrouter.isConfigured
        )
        #expect(settings.providers.groq.timeout == .seconds(1))
        #expect(settings.providers.openrouterFallbackModels == ["a/b", "c/d"])
        #expect(settings.providers.local.isConfigured)
        #expect(settings.providers.local.model == "llama")
        #expect(settings.providers.local.apiKey.reveal() == "k4")
        #expect(settings.providers.localIsDemo)
        #expect(settings.maxTokens == 16)
        #expect(settings.discussionTokenLimit == 1_000_000)
        #expect(settings.providers.localContextTokens == 4_096)
        #expect(settings.logLevel == .debug)
    }

    @Test func `of costs are amounts in US dollars, or nothing`() throws {
        let (settings, entries) = try readSettings([
            "GROQ_API_KEY": "k", "PRICE_GROQ_INPUT": "0.15", "PRICE_GROQ_OUTPUT": "0.75",
            "DISCUSSION_COST_LIMIT": "0.5", "DAILY_COST_BUDGET": "20", "TIMEZONE": "Europe/Berlin",
            "HTTPS_PROXY": "http://me:secret@proxy:3128", "NO_PROXY": "corp.example",
            "ALLOW_EXTERNAL_FALLBACK": "true", "DEFAULT_PLACE": "house", "LLM_CONCURRENCY_LOCAL": "4",
        ])
        #expect(settings.costs.prices["GROQ"]?.input == 0.15)
        #expect(settings.costs.prices["GROQ"]?.output == 0.75)
        #expect(settings.costs.prices["LOCAL"]?.input == 0)
        #expect(settings.costs.prices["MISTRAL"] == nil)
        #expect(settings.costs.discussionLimit == 0.5)
        #expect(settings.costs.dailyBudget == 20)
        #expect(settings.timeZone.identifier == "Europe/Berlin")
        #expect(settings.providers.allowsExternalFallback)
        #expect(settings.providers.local.concurrency == 4)
        #expect(settings.staysInHouse)
        #expect(settings.network.noProxy == "corp.example")
        #expect(entries.allSatisfy { !$0.shown.contains("secret") })
        let (plain, _) = try readSettings([:])
        #expect(plain.costs.discussionLimit == nil && plain.costs.dailyBudget == nil)
        #expect(plain.timeZone.secondsFromGMT() == 0)
    }

    @Test func `of the scanner are on, at the usual places, until others are set`() throws {
        let (plain, _) = try readSettings([:])
        #expect(plain.scanning.isEnabled && plain.scanning.engine == .auto)
        #expect(plain.scanning.host == "localhost" && plain.scanning.port == 3_310)
        #expect(plain.scanning.socket.isEmpty)
        #expect(plain.scanning.databaseDirectory == "/var/lib/clamav")
        let (settings, _) = try readSettings([
            "ENABLE_VIRUS_SCAN": "false", "SCAN_ENGINE": "clamd", "CLAMAV_HOST": "10.0.0.7",
            "CLAMAV_PORT": "3311",
            "CLAMAV_SOCKET": "/run/clamav/clamd.ctl", "CLAMAV_DATABASE_DIR": "/srv/signatures",
        ])
        #expect(!settings.scanning.isEnabled && settings.scanning.engine == .clamd)
        #expect(settings.scanning.host == "10.0.0.7" && settings.scanning.port == 3_311)
        #expect(settings.scanning.socket == "/run/clamav/clamd.ctl")
        #expect(settings.scanning.databaseDirectory == "/srv/signatures")
    }

    @Test(
        arguments: [
            (["PRICE_GROQ_INPUT": "1"], "PRICE_GROQ_OUTPUT: not set"),
            (["PRICE_LOCAL_INPUT": "-1"], "PRICE_LOCAL_INPUT: \"-1\""),
            (["DAILY_COST_BUDGET": "0"], "DAILY_COST_BUDGET: \"0\""),
            (["DAILY_COST_BUDGET": "much"], "DAILY_COST_BUDGET: \"much\""),
            (["DISCUSSION_COST_LIMIT": "nan"], "DISCUSSION_COST_LIMIT: \"nan\""),
            (
                ["DISCUSSION_COST_LIMIT": "1", "MISTRAL_API_KEY": "k"],
                "PRICE_MISTRAL_INPUT: not set, so DISCUSSION_COST_LIMIT could not be kept"
            ),
            (["TIMEZONE": "Mars/Olympus"], "TIMEZONE: \"Mars/Olympus\""),
            (["DEFAULT_PLACE": "cloud"], "DEFAULT_PLACE: \"cloud\""),
            (["LLM_CONCURRENCY_GROQ": "0"], "LLM_CONCURRENCY_GROQ: 0"),
            (["ENABLE_VIRUS_SCAN": "maybe"], "ENABLE_VIRUS_SCAN: \"maybe\""),
            (["SCAN_ENGINE": "sophos"], "SCAN_ENGINE: \"sophos\""),
            (["CLAMAV_HOST": "tcp://a"], "CLAMAV_HOST: \"tcp://a\""),
            (["CLAMAV_PORT": "0"], "CLAMAV_PORT: 0"),
            (["CLAMAV_SOCKET": "clamd.ctl"], "CLAMAV_SOCKET: \"clamd.ctl\""),
        ] as [([String: String], String)]
    )
    func `that cannot be kept stop the start with one line`(environment: [String: String], line: String) {
        let fault = #expect(throws: InvalidSetting.self) { _ = try readSettings(environment) }
        #expect(fault?.description.hasPrefix(line) == true, "\(fault?.description ?? "none")")
        #expect(fault?.description.contains("; allowed: ") == true)
    }

    @Test("come from the environment before the file, and from the file before the defaults")
    func precedence() throws {
        let (settings, _) = try readSettings(
            ["MAX_TOKENS": "100", "GROQ_MODEL": "from-environment"],
            file: ["MAX_TOKENS": "200", "DISCUSSION_TOKEN_LIMIT": "3000", "GROQ_MODEL": "from-file"]
        )
        #expect(settings.maxTokens == 100)
        #expect(settings.discussionTokenLimit == 3_000)
        #expect(settings.providers.groq.model == "from-environment")
    }

    @Test("count an empty value as not set, also where it covers one of the file")
    func empty() throws {
        let (settings, _) = try readSettings(
            ["GROQ_API_KEY": "", "MAX_TOKENS": "", "LOG_LEVEL": "", "DATA_DIR": "", "GROQ_BASE_URL": ""],
            file: ["GROQ_API_KEY": "k", "MISTRAL_API_KEY": ""]
        )
        #expect(!settings.providers.groq.isConfigured)
        #expect(!settings.providers.mistral.isConfigured)
        #expect(settings.maxTokens == 2_000)
        #expect(settings.logLevel == .info)
        #expect(settings.dataDirectory == "var/data")
        #expect(settings.providers.groq.baseURL == "https://api.groq.com/openai/v1")
    }

    @Test("never show a secret")
    func secrets() throws {
        let keys = ["MISTRAL_API_KEY", "GROQ_API_KEY", "OPENROUTER_API_KEY", "LOCAL_LLM_API_KEY"]
        let (settings, entries) = try readSettings(
            Dictionary(uniqueKeysWithValues: keys.map { ($0, "sk-secret-42") })
        )
        for key in keys { #expect(entries.first { $0.name == key }?.shown == "(set)") }
        var output = "\(settings) \(String(reflecting: settings)) \(entries)"
        dump(settings, to: &output)
        dump(entries, to: &output)
        #expect(!output.contains("sk-secret-42"))
    }

    @Test("do not repeat a key that stands in the wrong line")
    func misplacedKey() {
        let key = "gsk_8f3kD02hfSkeo29fkslW93kdjf82hHs9"
        for name in ["MAX_TOKENS", "LOG_LEVEL", "GROQ_BASE_URL", "ENABLE_VIRUS_SCAN"] {
            let fault = #expect(throws: InvalidSetting.self) { try readSettings([name: key]) }
            #expect(fault?.name == name && fault?.description.contains("gsk_") == false)
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let environment: [String: String]
        let line: String

        init(_ environment: [String: String], _ line: String) {
            (self.environment, self.line) = (environment, line)
        }

        var testDescription: String { line }
    }

    static let faults: [Fault] = [
        Fault(["MAX_TOKENS": "many"], #"MAX_TOKENS: "many" is not a whole number; allowed: 16 to 100000"#),
        Fault(["MAX_TOKENS": "1.5"], #"MAX_TOKENS: "1.5" is not a whole number; allowed: 16 to 100000"#),
        Fault(["MAX_TOKENS": "15"], "MAX_TOKENS: 15 is out of range; allowed: 16 to 100000"),
        Fault(["MAX_TOKENS": "100001"], "MAX_TOKENS: 100001 is out of range; allowed: 16 to 100000"),
        Fault(["MAX_TOKENS": "-1"], "MAX_TOKENS: -1 is out of range; allowed: 16 to 100000"),
        Fault(
            ["MAX_TOKENS": "99999999999999999999"],
            #"MAX_TOKENS: "99999999999999999999" is not a whole number; allowed: 16 to 100000"#
        ),
        Fault(
            ["DISCUSSION_TOKEN_LIMIT": "999"],
            "DISCUSSION_TOKEN_LIMIT: 999 is out of range; allowed: 1000 to 1000000"
        ),
        Fault(
            ["LOCAL_CONTEXT_TOKENS": "-1"],
            "LOCAL_CONTEXT_TOKENS: -1 is out of range; allowed: 0 to 1000000"
        ),
        Fault(["LLM_TIMEOUT_GROQ": "999"], "LLM_TIMEOUT_GROQ: 999 is out of range; allowed: 1000 to 3600000"),
        Fault(
            ["LLM_TIMEOUT_MISTRAL": "90s"],
            #"LLM_TIMEOUT_MISTRAL: "90s" is not a whole number; allowed: 1000 to 3600000"#
        ),
        Fault(
            ["LLM_TIMEOUT_OPENROUTER": "3600001"],
            "LLM_TIMEOUT_OPENROUTER: 3600001 is out of range; allowed: 1000 to 3600000"
        ),
        Fault(["LLM_TIMEOUT_LOCAL": "0"], "LLM_TIMEOUT_LOCAL: 0 is out of range; allowed: 1000 to 3600000"),
        Fault(["PARLEY_HTTP_PORT": "0"], "PARLEY_HTTP_PORT: 0 is out of range; allowed: 1 to 65535"),
        Fault(
            ["PARLEY_HTTPS_PORT": "65536"],
            "PARLEY_HTTPS_PORT: 65536 is out of range; allowed: 1 to 65535"
        ),
        Fault(
            ["LOG_LEVEL": "loud"],
            #"LOG_LEVEL: "loud" is none of them; allowed: trace, debug, info, notice, warning, error, critical"#
        ),
        Fault(["LOCAL_LLM_DEMO": "maybe"], #"LOCAL_LLM_DEMO: "maybe" is neither; allowed: true or false"#),
        Fault(
            ["GROQ_BASE_URL": "api.groq.com"],
            #"GROQ_BASE_URL: "api.groq.com" is not an address; allowed: http://HOST[:PORT][/PATH] or https://…"#
        ),
        Fault(
            ["MISTRAL_BASE_URL": "https://a b"],
            #"MISTRAL_BASE_URL: "https://a b" is not an address; allowed: http://HOST[:PORT][/PATH] or https://…"#
        ),
        Fault(
            ["OPENROUTER_BASE_URL": "ftp://x"],
            #"OPENROUTER_BASE_URL: "ftp://x" is not an address; allowed: http://HOST[:PORT][/PATH] or https://…"#
        ),
        Fault(
            ["LOCAL_LLM_BASE_URL": "file:///x", "LOCAL_LLM_MODEL": "l"],
            #"LOCAL_LLM_BASE_URL: "file:///x" is not an address; allowed: http://HOST[:PORT][/PATH] or https://…"#
        ),
        Fault(
            ["LOCAL_LLM_BASE_URL": "http://127.0.0.1:1"],
            """
            LOCAL_LLM_MODEL: not set, but LOCAL_LLM_BASE_URL is; allowed: a model's name as the local \
            server lists it
            """
        ),
    ]

    @Test(
        "that cannot be used stop the start with one line: variable, fault, allowed range",
        arguments: faults
    )
    func fault(_ given: Fault) {
        do {
            _ = try readSettings(given.environment)
            Issue.record("taken")
        } catch {
            #expect("\(error)" == given.line)
        }
    }

    @Test("take a truth value in the usual spellings")
    func flags() throws {
        for yes in ["true", "TRUE", "yes", "on", "1"] {
            #expect(try SettingsReader(environment: ["FLAG": yes]).flag("FLAG", default: false))
        }
        for no in ["false", "No", "off", "0"] {
            #expect(try !SettingsReader(environment: ["FLAG": no]).flag("FLAG", default: true))
        }
    }
}
