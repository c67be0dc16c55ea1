package import Domain
import Foundation
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
    ///   - concurrency: answers that are asked for at once; the others wait, which is not counted as the
    ///     provider's time.
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
    /// Before the second try comes a pause, or what Retry-After asks for, if the time left allows it.
    ///
    /// - Parameter work: one whole try; what it asks, it asks by the attempt that it is given.
    /// - Throws: the last try's `ProviderError`, or `.breakerOpen`; what is no fault of the provider at once.
    nonisolated(nonsending) package func attempts<Value>(
        _ work: nonisolated(nonsending) (Attempt) async throws -> Value
    ) async throws -> Value {
        try await slots.enter()
        defer { slots.leave() }
        let deadline = timing.now() + timeout
        var failure: ProviderError?
        var number = 1
        while true {
            try await admit(before: deadline, after: failure)
            do {
                let value = try await work(Attempt(provider: self, number: number, deadline: deadline))
                record.withLock { $0.succeeded(at: timing.now()) }
                return value
            } catch let error as ProviderError {
                record.withLock { $0.failed(error, at: timing.now()) }
                failure = error
                let pause = max(
                    Backoff.pause(after: number, chance: timing.chance()),
                    error.retryAfter ?? .zero
                )
                guard error.isTransient, number < Self.tries, timing.now() + pause < deadline else {
                    throw error
                }
                number += 1
                record.withLock { $0.retries += 1 }
                try await timing.sleep(pause)
            } catch {
                record.withLock { $0.abandoned(at: timing.now()) }
                throw error
            }
        }
    }

    /// Waits until a request may be sent.
    private func admit(before deadline: ContinuousClock.Instant, after failure: ProviderError?) async throws {
        let now = timing.now()
        let wait: Duration? = try record.withLock { record in
            if let rest = record.breaker.admit(at: now) {
                throw failure ?? ProviderError(provider: id, fault: .breakerOpen(rest: rest))
            }
            let wait = record.bucket.reserve(at: now, within: deadline - now)
            if wait == nil { record.breaker.abandoned(at: now) }
            return wait
        }
        guard let wait else {
            throw failure ?? ProviderError(provider: id, fault: .rateLimited(retryAfter: nil))
        }
        guard wait > .zero else { return }
        do {
            try await timing.sleep(wait)
        } catch {
            record.withLock { $0.breaker.abandoned(at: timing.now()) }
            throw error
        }
    }

    /// What is known of it.
    package var state: ProviderState {
        let waiting = slots.waiting
        let now = timing.now()
        return record.withLock { $0.state(of: chat, waiting: waiting, at: now) }
    }

    /// Asks whether it is there, if nothing was heard of it for `idle`.
    ///
    /// Vendors count probes as requests; one that answers discussions needs none.
    package func probe(ifIdleFor idle: Duration) async {
        let now = timing.now()
        guard let probing, record.withLock({ $0.isIdle(for: idle, at: now) }) else { return }
        record.withLock { $0.lastContact = now }
        let health = await probing()
        record.withLock { $0.probed(health) }
    }
}

/// One try at a provider.
package struct Attempt: Sendable {
    package let provider: GuardedProvider
    /// From 1.
    package let number: Int
    let deadline: ContinuousClock.Instant

    /// Asks once; see `ChatProvider.answer`.
    ///
    /// - Throws: also `.timeout` when the provider's time for this message is over.
    package func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        let (provider, left) = (provider, deadline - provider.timing.now())
        return try await withThrowingTaskGroup(of: ChatCompletion.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await provider.chat.answer(request, onText: onText) }
            group.addTask {
                try await Task.sleep(for: left)
                throw ProviderError(provider: provider.id, fault: .timeout)
            }
            guard let completion = try await group.next() else { throw CancellationError() }
            return completion
        }
    }
}
