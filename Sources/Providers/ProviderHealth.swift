/// What a probe found.
package enum ProviderHealth: Sendable, Equatable {
    case up
    /// The error's sentence says it to a person.
    case down(ProviderError)
}
