import NIOPosix

/// Threads for what blocks: the disk, and children that are waited for.
///
/// Of our own, not Dispatch's: its pool grows by one thread a second when threads block, and the database's
/// readers, which stand in the same pool, were seen to wait seconds behind twenty uploads.
final class Threads: Sendable {
    private let pool: NIOThreadPool

    init(_ count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
    }

    deinit {
        pool.shutdownGracefully { _ in }
    }

    /// Runs `work` when its turn comes.
    func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(work)
    }
}
