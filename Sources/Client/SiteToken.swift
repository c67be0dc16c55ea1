/// What a script signs in with.
///
/// Its description does not show it, so that it is not printed by mistake.
public struct SiteToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let value: String

    /// Nil for what cannot be a token: empty, very long, or with other than visible ASCII characters.
    public init?(_ text: String) {
        guard (1...4_096).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            return nil
        }
        value = text
    }

    public var description: String { "(a token)" }
    public var debugDescription: String { description }
}
