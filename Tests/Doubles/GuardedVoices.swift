package import Domain
package import Providers

extension Timing {
    /// Time goes its way, but nobody waits before another try.
    package static let withoutPauses = Timing(sleep: { _ in try Task.checkCancellation() }, chance: { 0 })
}

/// The voices behind guards that try again without a pause.
package func guarded(
    _ voices: [any ChatProvider],
    timeout: Duration = .seconds(60),
    concurrency: Int = 8,
    health: [ProviderID: ProviderHealth] = [:]
) -> [GuardedProvider] {
    voices.map { voice in
        let answer = health[voice.id] ?? .up
        return GuardedProvider(
            voice,
            timeout: timeout,
            concurrency: concurrency,
            timing: .withoutPauses,
            probe: { answer }
        )
    }
}
