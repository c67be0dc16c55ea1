package import Domain
import Synchronization

/// A provider as the table uses it: paced, tried again, left alone while it is down, and never waited for
/// longer than its timeout.
///
/// One per provider and process, since what it learns of the provider holds for all discussions.
package final class GuardedProvider: Sendable {
    /// Requests for one message at this provider, the first included.
    package static let tries = 3

    package let chat: any ChatProvider
    /// For one message, all tries and the pauses between them included.
    package let timeout: Duration
    let timing: Timing

    private let slots: Slots
    private let probing: (@Sendable () async -> ProviderHealth)?
    private let record = Mutex(ProviderRecord())

    package var id: ProviderID { chat.id }
    package var model: String { chat.model }

    /// - Parameters:
    ///   - concurrency: answers that are asked for at once; the others wait, at most for `timeout`, which is
    ///     not counted as the provider's time.
    ///   - probe: asks whether the provider is there without having it speak; nil: it is never asked.
    package init(
        _ chat: any ChatProvider,
        timeout: Duration,
        concurrency: Int,
        timing: Timing = Timing(),
        probe: (@Sendable () async -> ProviderHealth)? = nil
    ) {
        self.chat = chat
        self.timeout = timeout
        self.timing = timing
        slots = Slots(concurrency)
        probing = probe
    }

    /// Runs `work` until it succeeds, at most ``tries`` times, as long as its failures may pass.
    ///
    /// Before the second try comes a pause, or what Retry-After asks for, if the time left allows it; nobody
    /// holds room at the provider while pausing.
    ///
    /// - Parameter work: one whole try; what it asks, it asks by the attempt that it is given.
    /// - Throws: the last try's `ProviderError`, `.breakerOpen` or `.busy`; what is no fault of the provider at
    ///   once.
    nonisolated(nonsending) package func attempts<Value>(
        _ work: nonisolated(nonsending) (Attempt) async throws -> Value
    ) async throws -> Value {
        var deadline = timing.now() + timeout
        var failure: ProviderError?
        var number = 1
        while true {
            let queued = timing.now()
            guard try await slots.enter(within: timeout) else { throw failure ?? error(.busy) }
            deadline += timing.now() - queued
            do {
                defer { slots.leave() }
                let isTrial = try await admit(before: deadline, after: failure)
                return try await attempt(number, deadline, isTrial, work)
            } catch let error as ProviderError {
                let pause = max(
                    Backoff.pause(after: number, chance: timing.chance()),
                    error.retryAfter ?? .zero
                )
                guard error.isTransient, number < Self.tries, timing.now() + pause < deadline else {
                    throw error
                }
                failure = error
                number += 1
                record.withLock { $0.retries += 1 }
                try await timing.sleep(pause)
            }
        }
    }

    /// One try; how it ended is remembered.
    nonisolated(nonsending) private func attempt<Value>(
        _ number: Int,
        _ deadline: ContinuousClock.Instant,
        _ isTrial: Bool,
        _ work: nonisolated(nonsending) (Attempt) async throws -> Value
    ) async throws -> Value {
        let sentAt = timing.now()
        let attempt = Attempt(provider: self, number: number, deadline: deadline, isTrial: isTrial)
        do {
            let value = try await work(attempt)
            record.withLock { $0.succeeded(asTrial: isTrial, at: timing.now()) }
            return value
        } catch let error as ProviderError {
            record.withLock { $0.failed(error, sentAt: sentAt, asTrial: isTrial, at: timing.now()) }
            throw error
        } catch {
            record.withLock { $0.abandoned(asTrial: isTrial, at: timing.now()) }
            throw error
        }
    }

    /// Waits until a request may be sent.
    ///
    /// - Returns: whether its end decides if the provider is left alone on.
    private func admit(
        before deadline: ContinuousClock.Instant,
        after failure: ProviderError?
    ) async throws -> Bool {
        let now = timing.now()
        let (isTrial, wait): (Bool, Duration) = try record.withLock { record in
            switch record.breaker.admit(at: now) {
            case .rest(let rest):
                throw failure ?? error(.breakerOpen(rest: rest, last: record.lastFailure?.sentence))
            case .go(let isTrial):
                // What is left after the pace must be enough for an answer.
                guard let wait = record.bucket.reserve(at: now, within: (deadline - now) / 2) else {
                    record.breaker.abandoned(asTrial: isTrial, at: now)
                    throw failure ?? error(.rateLimited(retryAfter: record.bucket.pause(at: now)))
                }
                record.inFlight += 1
                return (isTrial, wait)
            }
        }
        guard wait > .zero else { return isTrial }
        do {
            try await timing.sleep(wait)
            return isTrial
        } catch {
            record.withLock { record in
                record.bucket.giveBack()
                record.abandoned(asTrial: isTrial, at: timing.now())
            }
            throw error
        }
    }

    private func error(_ fault: ProviderError.Fault) -> ProviderError {
        ProviderError(provider: id, fault: fault)
    }

    /// What is known of it.
    package var state: ProviderState {
        let waiting = slots.waiting
        let now = timing.now()
        return record.withLock { $0.state(of: chat, waiting: waiting, at: now) }
    }

    /// A request is sent.
    fileprivate func asks() { record.withLock { $0.requests += 1 } }

    /// It speaks: whoever waits for the end of a trial need not wait for the end of the answer.
    fileprivate func speaks(_ attempt: Attempt) {
        if attempt.isTrial { record.withLock { $0.breaker.succeeded(asTrial: true) } }
    }

    /// Asks whether it is there, if nothing was heard of it for `idle`.
    ///
    /// Vendors count probes as requests; one that answers discussions needs none.
    package func probe(ifIdleFor idle: Duration) async {
        let now = timing.now()
        guard let probing, record.withLock({ $0.isIdle(for: idle, at: now) }) else { return }
        record.withLock { $0.lastContact = now }
        let health = await probing()
        guard !Task.isCancelled else { return }
        record.withLock { $0.probed(health) }
    }
}

/// One try at a provider.
package struct Attempt: Sendable {
    package let provider: GuardedProvider
    /// From 1.
    package let number: Int
    let deadline: ContinuousClock.Instant
    let isTrial: Bool

    /// Asks once; see `ChatProvider.answer`.
    ///
    /// - Throws: also `.timeout` when the provider's time for this message is over.
    package func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        let (provider, left) = (provider, deadline - provider.timing.now())
        provider.asks()
        return try await withThrowingTaskGroup(of: ChatCompletion.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await provider.chat.answer(request) { text in
                    provider.speaks(self)
                    try await onText(text)
                }
            }
            group.addTask {
                try await Task.sleep(for: left)
                throw ProviderError(provider: provider.id, fault: .timeout)
            }
            guard let completion = try await group.next() else { throw CancellationError() }
            return completion
        }
    }
}
