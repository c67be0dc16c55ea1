package import Domain
package import Providers

/// Asks providers whether they are there, while no discussion does.
package actor ProviderWatch {
    /// Vendors count probes as requests: never more than one a minute, and none while discussions ask anyway.
    package static let interval = Duration.seconds(60)

    private let providers: [GuardedProvider]
    private var first: Task<Void, Never>?

    package init(providers: [GuardedProvider]) {
        self.providers = providers
    }

    /// Probes each provider whenever nothing was heard of it for a minute, until cancelled.
    package func watch() async {
        _ = await report()
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            await probe()
        }
    }

    /// What is known of each provider.
    ///
    /// Waits for the first answers, so that nobody is told "unknown" for longer than a probe takes.
    package func report() async -> [ProviderState] {
        if first == nil { first = Task { await probe() } }
        await first?.value
        return providers.map(\.state)
    }

    private func probe() async {
        await withTaskGroup(of: Void.self) { group in
            for provider in providers {
                group.addTask { await provider.probe(ifIdleFor: Self.interval) }
            }
        }
    }
}
