/// Where a discussion's words may go.
package enum Place: String, Sendable, Hashable, Codable, CaseIterable {
    /// To any configured provider.
    case any
    /// To the house's own server only.
    case house
}
