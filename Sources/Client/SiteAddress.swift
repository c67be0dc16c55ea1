import Foundation

/// Where a Parley site is: scheme, host, and the path that it lies under.
public struct SiteAddress: Sendable, Hashable {
    /// The address cannot be used; the description says why in one line, without repeating it.
    public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// Without a slash at its end.
    public let base: String

    /// Reads an address such as `http://127.0.0.1:8080` or `https://intranet.example/parley/`.
    ///
    /// - Throws: ``Fault``.
    public init(_ text: String) throws {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host, !host.isEmpty
        else {
            throw Fault(description: "is not an http or https address")
        }
        // A password in an address ends up in histories and process lists, and would be printed with links.
        guard parts.user == nil, parts.password == nil else {
            throw Fault(description: "must not hold a name or a password; sign in with a token")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw Fault(description: "must end with the site's path, without ? or #")
        }
        base = String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// The page of a discussion, which is also where its JSON is.
    public func discussion(_ id: String) -> String {
        "\(base)/discussions/\(id)"
    }

    /// Takes a discussion's page apart into its site and its id.
    ///
    /// - Throws: ``Fault``.
    public static func discussion(at url: String) throws -> (site: SiteAddress, id: String) {
        let url = url.prefix { $0 != "?" && $0 != "#" }
        guard let mark = url.range(of: "/discussions/", options: .backwards) else {
            throw Fault(description: "is not the address of a discussion")
        }
        let id = url[mark.upperBound...].prefix { $0 != "/" }
        guard isDiscussionID(String(id)) else {
            throw Fault(description: "is not the address of a discussion")
        }
        return (try SiteAddress(String(url[..<mark.lowerBound])), String(id))
    }

    /// Whether a text may stand in a path as a discussion's id: letters, digits, `-` and `_`, at most 64.
    public static func isDiscussionID(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9_-]{1,64}/) != nil
    }
}
