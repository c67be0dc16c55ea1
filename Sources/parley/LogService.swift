import Engine
import Logging
import ServiceLifecycle
import Site
import Store

/// Looks after the event log beside the requests; when the process is told to stop, sends those who wait on.
struct LogService: Service {
    /// After a failure of the watch: a database that is busy now is not in a second.
    private static let pause = Duration.seconds(1)

    let store: Store
    let upkeep: LogUpkeep
    let polls: Polls
    let logger: Logger

    func run() async throws {
        let work = Task {
            async let kept: Void = upkeep.run()
            async let watched: Void = watch()
            _ = await (kept, watched)
        }
        try? await gracefulShutdown()
        // Their clients ask again, and reach the next process.
        polls.close()
        work.cancel()
        await work.value
    }

    private func watch() async {
        while !Task.isCancelled {
            do {
                try await store.watchOtherWriters()
            } catch is CancellationError {
                return
            } catch {
                logger.error("other writers cannot be watched", error: error)
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
