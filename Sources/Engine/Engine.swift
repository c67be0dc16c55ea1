package import Domain
import Foundation
package import Logging
package import Providers
package import Store

/// Performs what ``RoundMachine`` decides. The only writer of rounds.
package actor Engine {
    /// What an operator set that concerns the table.
    package struct Limits: Sendable {
        /// The longest answer of a seat, in tokens.
        package let maxTokens: Int

        package init(maxTokens: Int) {
            self.maxTokens = maxTokens
        }
    }

    /// No provider is configured that may see this discussion's words.
    package struct NoProvider: Error {}

    /// The model of each provider that is configured.
    package nonisolated let models: [ProviderID: String]

    let store: Store
    let speaker: SeatSpeaker
    let logger: Logger
    private var running: [DiscussionID: Task<Void, Never>] = [:]
    /// Discussions that were taken up again while their task was coming to its end.
    private var again: Set<DiscussionID> = []
    private(set) var isClosing = false

    package init(
        store: Store, providers: [any ChatProvider], limits: Limits, logger: Logger
    ) {
        self.store = store
        self.logger = logger
        let providers = Dictionary(uniqueKeysWithValues: providers.map { ($0.id, $0) })
        models = providers.mapValues(\.model)
        speaker = SeatSpeaker(
            store: store, providers: providers, limits: limits,
            chunks: ChunkBuffer(store: store, logger: logger), logger: logger)
    }

    /// Takes up every discussion that a stop or a crash left running.
    package func resumeAll() async throws {
        for (id, owner) in try await store.read({ reader in try reader.listRunning() }) {
            takeUp(id, of: owner)
        }
    }

    /// The panel that a new discussion would get; nil when no provider may speak there.
    package nonisolated func panel(place: Place) -> Panel? {
        Panel(models: models.filter { place == .any || $0.key == .local })
    }

    /// Stops taking discussions up and gives the seats that are speaking up to `grace` to finish.
    /// What has not finished then is begun anew at the next start.
    package func close(grace: Duration) async {
        isClosing = true
        let tasks = Array(running.values)
        let timer = Task {
            try await Task.sleep(for: grace)
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        timer.cancel()
    }

    /// Works on a discussion until it waits for its person. At most one task does so at a time.
    func takeUp(_ id: DiscussionID, of owner: PersonID) {
        guard !isClosing else { return }
        guard running[id] == nil else {
            again.insert(id)
            return
        }
        running[id] = Task {
            await run(id, of: owner)
            running[id] = nil
            if again.remove(id) != nil { takeUp(id, of: owner) }
        }
    }
}
