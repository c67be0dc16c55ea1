import Configuration
package import Foundation

/// A setting that cannot be used.
///
/// Its description is the one line that stops the start.
package struct InvalidSetting: Error, CustomStringConvertible {
    package let name: String
    package let fault: String
    package let allowed: String

    package init(name: String, fault: String, allowed: String) {
        self.name = name
        // A key that was written into the wrong line would otherwise stand on the terminal and in the log.
        self.fault = Redactor().redact(fault)
        self.allowed = allowed
    }

    package var description: String { "\(name): \(fault); allowed: \(allowed)" }
}

/// Reads settings by name, checks them, and remembers each for `parley settings` and the documentation.
///
/// An empty value counts as not set, so that `GROQ_API_KEY=` in the environment switches a key of
/// `.env` off.
package final class SettingsReader {
    /// One setting as it was read.
    package struct Entry: Sendable, Hashable {
        package let name: String
        package let fallback: String
        /// The effective value; of a secret only whether it is set.
        package let shown: String
    }

    private let config: ConfigReader
    package private(set) var entries: [Entry] = []

    /// - Parameters:
    ///   - environment: the process's variables; they win.
    ///   - file: what ``DotEnv`` read.
    package init(environment: [String: String], file: [String: String] = [:]) {
        config = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: environment),
            EnvironmentVariablesProvider(environmentVariables: file),
        ])
    }

    private func raw(_ name: String) -> String? {
        // One component, so that the provider only upper-cases it back into the variable's name.
        let value = config.string(forKey: ConfigKey([name.lowercased()]))
        return value?.isEmpty == true ? nil : value
    }

    package func string(_ name: String, default fallback: String = "") -> String {
        let value = raw(name) ?? fallback
        entries.append(Entry(name: name, fallback: fallback, shown: value))
        return value
    }

    package func secret(_ name: String) -> Secret {
        let value = Secret(raw(name) ?? "")
        entries.append(Entry(name: name, fallback: "", shown: value.description))
        return value
    }

    /// A key that a header can carry.
    package func key(_ name: String) throws -> Secret {
        let key = secret(name)
        guard key.reveal().utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw InvalidSetting(
                name: name,
                fault: "it has a space or another sign that no key has",
                allowed: "visible ASCII characters"
            )
        }
        return key
    }

    package func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        let text = string(name, default: String(fallback))
        guard let value = Int(text) else {
            throw InvalidSetting(
                name: name,
                fault: "\"\(text)\" is not a whole number",
                allowed: "\(range.lowerBound) to \(range.upperBound)"
            )
        }
        guard range.contains(value) else {
            throw InvalidSetting(
                name: name,
                fault: "\(value) is out of range",
                allowed: "\(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    package func flag(_ name: String, default fallback: Bool) throws -> Bool {
        let text = string(name, default: String(fallback))
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default:
            throw InvalidSetting(name: name, fault: "\"\(text)\" is neither", allowed: "true or false")
        }
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        default fallback: Choice
    ) throws -> Choice where Choice.RawValue == String {
        let text = string(name, default: fallback.rawValue)
        guard let value = Choice(rawValue: text) else {
            throw InvalidSetting(
                name: name,
                fault: "\"\(text)\" is none of them",
                allowed: Choice.allCases.map(\.rawValue).joined(separator: ", ")
            )
        }
        return value
    }

    /// An `http` or `https` address without a slash at its end; empty when not set.
    package func address(_ name: String, default fallback: String = "") throws -> String {
        var text = string(name, default: fallback)
        while text.hasSuffix("/") { text.removeLast() }
        let authority = text.firstRange(of: "://").map { text[$0.upperBound...].prefix { $0 != "/" } } ?? ""
        guard !authority.contains("@") else {
            throw InvalidSetting(
                name: name,
                fault: "it carries a name or password, which pages and logs would show",
                allowed: "http://HOST[:PORT][/PATH] or https://…; a key has a setting of its own"
            )
        }
        guard text.isEmpty || text.hasPrefix("http://") || text.hasPrefix("https://"),
            !text.contains(where: \.isWhitespace)
        else {
            throw InvalidSetting(
                name: name,
                fault: "\"\(text)\" is not an address",
                allowed: "http://HOST[:PORT][/PATH] or https://…"
            )
        }
        return text
    }

    /// US dollars, more than nothing unless `zero` is allowed; nil when not set.
    package func amount(_ name: String, default fallback: String = "", zero: Bool = false) throws -> Double? {
        let text = string(name, default: fallback)
        guard !text.isEmpty else { return nil }
        // Beyond a million a typing error is more likely than a budget.
        guard let amount = Double(text), amount.isFinite, zero ? amount >= 0 : amount > 0, amount <= 1_000_000
        else {
            throw InvalidSetting(
                name: name,
                fault: "\"\(text)\" is no amount of US dollars",
                allowed: "a number \(zero ? "from 0" : "above 0") to 1000000, such as 2.50"
            )
        }
        return amount
    }

    package func timeZone(_ name: String) throws -> TimeZone {
        let text = string(name, default: "UTC")
        guard let zone = TimeZone(identifier: text) else {
            throw InvalidSetting(
                name: name,
                fault: "\"\(text)\" is no time zone",
                allowed: "a name such as UTC or Europe/Berlin"
            )
        }
        return zone
    }
}
