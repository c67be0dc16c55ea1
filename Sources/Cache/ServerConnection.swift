import Synchronization

/// One server: its connection, the thread that waits for it, and whether it is asked at all.
///
/// One thread, so that a server that hangs is waited for once: those behind the one who waits find the breaker
/// open. It carries tens of thousands of questions a second, more than pages are made.
final class ServerConnection: Sendable {
    /// What became of a question.
    enum Outcome<Value: Sendable>: Sendable {
        case answered(Value)
        case failed
        /// The server rests after a failure, or too many wait for it.
        case notAsked
    }

    private struct State {
        var breaker: ServerBreaker
        /// Why it was last found down.
        var reason: String?
    }

    /// The handle is touched on `thread` alone, hence `@unchecked`.
    private final class Line: @unchecked Sendable {
        var memcached: Memcached?

        deinit { memcached?.close() }
    }

    private let server: MemcachedServer
    private let limits: CacheLimits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let tally: CacheTally
    private let thread: WorkThread
    private let line = Line()
    private let state: Mutex<State>

    init(
        _ server: MemcachedServer,
        _ limits: CacheLimits,
        tally: CacheTally,
        now: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.server = server
        self.limits = limits
        self.tally = tally
        self.now = now
        thread = WorkThread(named: "memcached", most: limits.waiting)
        state = Mutex(State(breaker: ServerBreaker(rest: limits.rest)))
    }

    /// Nothing has failed since it last answered.
    var isAsked: Bool { state.withLock { $0.breaker.isClosed } }

    /// Asks, and waits for the answer.
    func ask<Value: Sendable>(
        _ question: @escaping @Sendable (Memcached) throws(Memcached.Failure) -> Value
    ) async -> Outcome<Value> {
        guard admitted() else { return .notAsked }
        return await withCheckedContinuation { continuation in
            let isTaken = thread.add { [self] in continuation.resume(returning: perform(question)) }
            if !isTaken { continuation.resume(returning: .notAsked) }
        }
    }

    /// Has something done for which nobody waits; best effort.
    func leave(_ work: @escaping @Sendable (Memcached) throws(Memcached.Failure) -> Void) {
        guard admitted() else { return }
        _ = thread.add { [self] in _ = perform(work) }
    }

    /// When all that was asked for before is done.
    func settled() async {
        await withCheckedContinuation { continuation in
            if !thread.add({ continuation.resume() }) { continuation.resume() }
        }
    }

    /// Why it does not answer; nil if it does.
    ///
    /// While it rests it is not asked.
    func fault() async -> String? {
        if case .answered = await ask({ (memcached) throws(Memcached.Failure) in try memcached.probe() }) {
            return nil
        }
        return state.withLock { $0.reason } ?? "no answer"
    }

    private func admitted() -> Bool {
        switch state.withLock({ $0.breaker.admit(at: now()) }) {
        case .ask: return true
        case .leave: return false
        case .tryOut:
            let isTaken = thread.add { [self] in
                _ = attempt { (memcached) throws(Memcached.Failure) in try memcached.probe() }
            }
            if !isTaken { state.withLock { $0.breaker.failed(at: now()) } }
            return false
        }
    }

    /// On the thread; what waited while the server was found down is not tried.
    private func perform<Value>(
        _ question: (Memcached) throws(Memcached.Failure) -> Value
    ) -> Outcome<Value> {
        guard isAsked else { return .notAsked }
        return attempt(question)
    }

    private func attempt<Value>(
        _ question: (Memcached) throws(Memcached.Failure) -> Value
    ) -> Outcome<Value> {
        do throws(Memcached.Failure) {
            let memcached: Memcached
            if let open = line.memcached {
                memcached = open
            } else {
                memcached = try Memcached(server, limits)
                line.memcached = memcached
            }
            let value = try question(memcached)
            state.withLock { state in
                state.breaker.succeeded()
                state.reason = nil
            }
            return .answered(value)
        } catch {
            // A new connection next time, without libmemcached's own memory of the failure: the breaker has it.
            line.memcached?.close()
            line.memcached = nil
            tally.count { counts in
                counts.errors += 1
                if error.isTimeout { counts.timeouts += 1 }
            }
            state.withLock { state in
                state.breaker.failed(at: now())
                state.reason = error.reason
            }
            return .failed
        }
    }
}
