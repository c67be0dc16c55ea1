internal import NIOPosix

/// A few threads for libfcgi's reads and writes, so that Swift's cooperative pool never blocks in one.
struct IOThreads: Sendable {
    private let pool: NIOThreadPool

    init(count: Int) {
        pool = NIOThreadPool(numberOfThreads: count)
    }

    func start() {
        pool.start()
    }

    /// Runs work on one of the threads, whether the task is cancelled or not.
    ///
    /// Work on a connection must come to its end also for a request that nobody waits for any more.
    func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            pool.submit { state in
                switch state {
                case .active: continuation.resume(returning: work())
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        }
    }

    /// Runs work on one of the threads; nobody waits for it.
    ///
    /// - Parameter work: is told whether the threads still run; it is called either way.
    func submit(_ work: @escaping @Sendable (_ isActive: Bool) -> Void) {
        pool.submit { state in work(state == .active) }
    }

    /// Runs work that returns when the server ends, and occupies its thread until then.
    func occupy(_ work: @escaping @Sendable () -> Void) {
        pool.submit { state in
            if state == .active { work() }
        }
    }

    func stop() async {
        try? await pool.shutdownGracefully()
    }
}
