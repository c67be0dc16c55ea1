package import Foundation
package import Logging
package import Store

/// Keeps the event log and the ledger of commands from growing for ever, in short transactions.
package struct LogUpkeep: Sendable {
    /// How often consumers' cursors are written.
    private static let flush = Duration.seconds(1)
    /// So many flushes lie between two looks for what can be removed: a minute.
    private static let flushesPerTidying = 60
    /// Chunks stay for so long after their message's end: who follows live has them by then.
    static let chunkTime: TimeInterval = 600
    /// Looked at in one transaction, so that nobody waits long for the writer.
    private static let atOnce = 500

    private let store: Store
    private let retention: TimeInterval
    private let logger: Logger
    private let now: @Sendable () -> Date

    package init(
        store: Store,
        retentionDays: Int,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        retention = TimeInterval(retentionDays) * 24 * 3600
        self.logger = logger
        self.now = now
    }

    /// Works until cancelled; what consumers acknowledged is written at the end.
    package func run() async {
        var round = 0
        while !Task.isCancelled {
            do {
                try await store.flushConsumers()
                if round % Self.flushesPerTidying == 0 { try await tidy() }
            } catch is CancellationError {
                break
            } catch {
                logger.error("upkeep of the log failed", error: error)
            }
            round += 1
            try? await Task.sleep(for: Self.flush)
        }
        let last = Task { try await store.flushConsumers() }
        do {
            // A task of its own: this one is cancelled, and so would its write be.
            try await last.value
        } catch {
            logger.error("consumers' cursors could not be written", error: error)
        }
    }

    /// Removes what is no longer kept.
    package func tidy() async throws {
        let now = now()
        try await repeatedly { writer in
            try writer.compactChunks(
                completeBefore: now.addingTimeInterval(-Self.chunkTime),
                limit: Self.atOnce
            )
        }
        try await repeatedly { [retention] writer in
            try writer.removeEvents(before: now.addingTimeInterval(-retention), limit: Self.atOnce)
        }
        try await repeatedly { writer in
            try writer.removeCommands(before: now.addingTimeInterval(-ledgerTime), limit: Self.atOnce)
        }
    }

    private func repeatedly(_ step: @escaping @Sendable (StoreWriter) throws -> Int) async throws {
        while try await store.write(step) == Self.atOnce { try Task.checkCancellation() }
    }
}
