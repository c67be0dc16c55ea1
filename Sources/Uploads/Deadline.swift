/// What `work` comes to; nil when `deadline` passes before.
///
/// Then nobody waits for it any more: it is cancelled, and what it is in the middle of goes on by itself, bounded
/// by limits of its own.
func outcome<Value: Sendable>(
    by deadline: ContinuousClock.Instant,
    of work: @escaping @Sendable () async throws -> Value
) async throws -> Value? {
    let (outcomes, continuation) = AsyncThrowingStream<Value?, any Error>.makeStream()
    let working = Task {
        do {
            continuation.yield(try await work())
        } catch {
            continuation.finish(throwing: error)
        }
    }
    let waiting = Task {
        try await Task.sleep(until: deadline, clock: .continuous)
        continuation.yield(nil)
    }
    defer {
        working.cancel()
        waiting.cancel()
    }
    for try await outcome in outcomes { return outcome }
    throw CancellationError()
}
