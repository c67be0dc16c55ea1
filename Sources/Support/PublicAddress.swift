import Foundation

/// Where people find the site: `https://intranet.example/parley/`, taken apart.
package struct PublicAddress: Sendable, Hashable {
    package enum Scheme: String, Sendable {
        case http, https

        fileprivate var port: Int { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// In lower case, an IPv6 address in its brackets.
    package let host: String
    /// nil where it is the scheme's own.
    package let port: Int?
    /// What every path begins with: empty at the root of a host, else `/parley`, without a slash at its end.
    package let path: String

    /// Host and port as browsers send them in `Host`.
    package var authority: String { host + (port.map { ":\($0)" } ?? "") }

    /// Scheme, host and port as browsers send them in `Origin`.
    package var origin: String { "\(scheme.rawValue)://\(authority)" }

    /// The start page.
    package var url: String { "\(origin)\(path)/" }

    /// nil for what no browser could ask for, and for what has a place elsewhere: a name, a password, a query.
    package init?(_ text: String) {
        guard text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }),
            let parts = URLComponents(string: text),
            let scheme = parts.scheme.flatMap({ Scheme(rawValue: $0.lowercased()) }),
            let host = parts.encodedHost?.lowercased(), Self.isHost(host),
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
        else { return nil }
        // `https://host:/` is an address too, and `:0` is not.
        if let port = parts.port {
            guard (1...65_535).contains(port) else { return nil }
        } else if text.contains("://\(parts.encodedHost ?? ""):") {
            return nil
        }
        self.scheme = scheme
        self.host = host
        port = parts.port == scheme.port ? nil : parts.port
        guard let path = Self.path(parts.percentEncodedPath) else { return nil }
        self.path = path
    }

    private static func isHost(_ host: String) -> Bool {
        host.wholeMatch(of: /\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?/) != nil
    }

    /// Plain segments only: nginx compares locations decoded and the responder encoded, and cookies' paths have
    /// rules of their own; where nothing is encoded they all mean the same.
    private static func path(_ text: String) -> String? {
        let path = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard path.wholeMatch(of: /(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/) != nil else { return nil }
        return path
    }
}

extension SettingsReader {
    /// The address of the whole site; nil when not set.
    package func publicAddress(_ name: String) throws -> PublicAddress? {
        let text = string(name)
        guard !text.isEmpty else { return nil }
        guard let address = PublicAddress(text) else {
            // Not the text: it may hold a password that somebody thought belonged there.
            throw InvalidSetting(
                name: name,
                fault: "it is not the address of a site",
                allowed: "http://HOST[:PORT][/PATH/] or https://…, the path of letters, digits and - . _ ~"
            )
        }
        return address
    }
}
