/// A vendor's key: shown by nothing, so that no log line, error or page can leak it.
package struct APIKey: Sendable, Equatable {
    /// Only the request's Authorization header reads this.
    let secret: String

    /// Nil for an empty value, and for one with characters that a header cannot carry.
    package init?(_ value: String) {
        guard !value.isEmpty, value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        secret = value
    }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[key]" }
    package var debugDescription: String { description }
    /// `dump` and string interpolation of a containing value read the mirror, not the description.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
