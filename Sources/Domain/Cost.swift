/// What a discussion cost, in US dollars; null while no price is set.
package struct Cost: Sendable, Hashable, Codable {
    @ExplicitNull package var usd: Double?

    package init(usd: Double? = nil) {
        self.usd = usd
    }
}
