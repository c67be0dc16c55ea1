package import Domain
package import Providers

/// Remembers how each provider answered when it was last asked, and asks again at most once a minute.
package actor ProviderWatch {
    package typealias Probe = @Sendable () async -> ProviderHealth

    /// Vendors count probes as requests, so a page or a health check never causes more than one a minute.
    static let interval = Duration.seconds(60)

    private let probes: [ProviderID: Probe]
    private var known: [ProviderID: ProviderHealth] = [:]
    private var asked: ContinuousClock.Instant?
    private var asking: Task<Void, Never>?

    package init(probes: [ProviderID: Probe]) {
        self.probes = probes
    }

    /// A person's sentence on each provider that does not answer; nil for each that does.
    ///
    /// Waits for the first answers; later it returns what is known and asks anew behind the scenes.
    package func report() async -> [ProviderID: String?] {
        if asking == nil, asked.map({ ContinuousClock.now - $0 > Self.interval }) ?? true {
            asked = .now
            asking = Task { await ask() }
        }
        if known.isEmpty { await asking?.value }
        return known.mapValues { health in
            if case .down(let error) = health { error.sentence } else { nil }
        }
    }

    private func ask() async {
        let answers = await withTaskGroup(of: (ProviderID, ProviderHealth).self) { group in
            for (id, probe) in probes {
                group.addTask { (id, await probe()) }
            }
            var answers: [ProviderID: ProviderHealth] = [:]
            for await (id, answer) in group { answers[id] = answer }
            return answers
        }
        known = answers
        asking = nil
    }
}
