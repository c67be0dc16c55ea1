import AsyncHTTPClient
import Foundation

/// The way out of an intranet: `HTTPS_PROXY`, and the hosts that need none: `NO_PROXY`.
///
/// It is for `https` addresses; a model server of the house is spoken to directly.
package struct Proxy: Sendable {
    /// The value of `HTTPS_PROXY` cannot be used; the setting's own text may hold a password, so it is not told.
    package struct Invalid: Error {
        package let allowed = "http://[NAME:PASSWORD@]HOST[:PORT] or socks5://HOST[:PORT]"
    }

    private enum Kind { case http, socks }

    private let kind: Kind
    private let host: String
    private let port: Int
    private let credentials: (name: String, password: String)?
    private let exceptions: [Exception]

    /// A host, or all hosts of a domain; of one port, or of any.
    private struct Exception: Sendable {
        let host: String
        let port: Int?

        func covers(_ host: String, _ port: Int) -> Bool {
            guard self.port == nil || self.port == port else { return false }
            return self.host == "*" || host == self.host || host.hasSuffix("." + self.host)
        }
    }

    /// - Parameters:
    ///   - address: as curl takes it; without a scheme it is an HTTP proxy, without a port 3128 or 1080.
    ///   - exceptions: hosts and domains, separated by commas; a leading dot means nothing; `*` is every host.
    package init(_ address: String, except exceptions: String) throws(Invalid) {
        var rest = Substring(address)
        var kind = Kind.http
        if let scheme = rest.firstRange(of: "://") {
            switch rest[..<scheme.lowerBound].lowercased() {
            case "http": kind = .http
            case "socks5", "socks5h": kind = .socks
            default: throw Invalid()
            }
            rest = rest[scheme.upperBound...]
        }
        while rest.hasSuffix("/") { rest = rest.dropLast() }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard kind == .http, parts.count == 2,
                let name = String(parts[0]).removingPercentEncoding,
                let password = String(parts[1]).removingPercentEncoding
            else { throw Invalid() }
            credentials = (name, password)
            rest = rest[rest.index(after: at)...]
        } else {
            credentials = nil
        }
        guard let (host, port) = HostAndPort.split(rest), !host.isEmpty,
            host.allSatisfy({ !$0.isWhitespace && $0 != "/" })
        else { throw Invalid() }
        self.kind = kind
        self.host = host
        self.port = port ?? (kind == .http ? 3_128 : 1_080)
        self.exceptions = exceptions.split(whereSeparator: { $0 == "," || $0.isWhitespace }).compactMap {
            HostAndPort.split($0.first == "." ? $0.dropFirst() : $0)
                .map { Exception(host: $0.host.lowercased(), port: $0.port) }
        }
    }

    /// Whether requests to this address take it.
    package func serves(_ url: String) -> Bool {
        guard url.lowercased().hasPrefix("https://") else { return false }
        let authority = url.dropFirst("https://".count).prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = HostAndPort.split(authority) else { return false }
        return !exceptions.contains { $0.covers(host.lowercased(), port ?? 443) }
    }

    var setting: HTTPClient.Configuration.Proxy {
        switch kind {
        case .socks: .socksServer(host: host, port: port)
        case .http:
            credentials.map {
                .server(
                    host: host,
                    port: port,
                    authorization: .basic(username: $0.name, password: $0.password)
                )
            } ?? .server(host: host, port: port)
        }
    }
}

/// `host`, `host:port`, `[::1]` and `[::1]:port`.
private enum HostAndPort {
    static func split(_ text: Substring) -> (host: String, port: Int?)? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard !rest.isEmpty else { return (host, nil) }
            guard rest.first == ":", let port = port(rest.dropFirst()) else { return nil }
            return (host, port)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return (String(text), nil)
        case 2: return port(parts[1]).map { (String(parts[0]), $0) }
        // An IPv6 address without brackets.
        default: return (String(text), nil)
        }
    }

    private static func port(_ text: Substring) -> Int? {
        Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }
}
