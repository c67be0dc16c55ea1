internal import Glibc
internal import NIOCore
internal import Synchronization

/// A connection of the web server, as the event loop and the request that it carries share it.
///
/// The event loop alone opens and closes the descriptor. While no request is served the loop reads it; while
/// one is served, the request's I/O jobs do, and the loop only watches: for the peer's going, and for the
/// readiness that the request waits for.
final class Connection: Sendable {
    enum Direction {
        case reading
        case writing
    }

    private struct Waiter {
        var continuation: CheckedContinuation<Void, any Error>
        var deadline: ContinuousClock.Instant
    }

    private struct State {
        var exchange: Exchange?
        var hasGone = false
        /// When its last request was over.
        var freedAt = ContinuousClock.now
        var watched: Readiness = [.readable, .peerClosed]
        var reader: Waiter?
        var writer: Waiter?
    }

    let descriptor: Int32
    let token: UInt64
    private let epoll: Epoll
    private let state = Mutex(State())

    init(descriptor: Int32, token: UInt64, epoll: Epoll) {
        self.descriptor = descriptor
        self.token = token
        self.epoll = epoll
    }

    /// The peer has closed while a request was served.
    var hasGone: Bool { state.withLock { $0.hasGone } }

    var isServing: Bool { state.withLock { $0.exchange != nil } }

    /// When its last request was over; nginx takes what was freed last first.
    var freedAt: ContinuousClock.Instant { state.withLock(\.freedAt) }

    /// The request served now.
    var exchange: Exchange? { state.withLock { $0.exchange } }

    // MARK: The event loop's side

    func beginServing(_ exchange: Exchange) {
        state.withLock { $0.exchange = exchange }
    }

    /// Takes an event in; false if no request is served, so that the loop reads.
    func handle(_ seen: Readiness) -> Bool {
        var woken: [(CheckedContinuation<Void, any Error>, (any Error)?)] = []
        var abandoned: Exchange?
        let wasServing = state.withLock { state in
            guard let exchange = state.exchange else { return false }
            if !seen.isDisjoint(with: [.peerClosed, .broken]) {
                state.hasGone = true
                abandoned = exchange
                epoll.remove(descriptor)
                woken = [state.reader, state.writer].compactMap { $0 }.map {
                    ($0.continuation, PeerHasGone())
                }
                (state.reader, state.writer) = (nil, nil)
                return true
            }
            // Level-triggered: what is not waited for is not watched, or the loop would spin.
            if seen.contains(.readable) {
                if let reader = state.reader { woken.append((reader.continuation, nil)) }
                state.reader = nil
                watch(state.watched.subtracting(.readable), &state)
            }
            if seen.contains(.writable) {
                if let writer = state.writer { woken.append((writer.continuation, nil)) }
                state.writer = nil
                watch(state.watched.subtracting(.writable), &state)
            }
            return true
        }
        for (continuation, error) in woken {
            if let error { continuation.resume(throwing: error) } else { continuation.resume() }
        }
        abandoned?.cancel()
        return wasServing
    }

    /// Ends waits that are past their deadline.
    func expire(at now: ContinuousClock.Instant) {
        let late = state.withLock { state in
            var late: [CheckedContinuation<Void, any Error>] = []
            if let reader = state.reader, reader.deadline <= now {
                late.append(reader.continuation)
                state.reader = nil
            }
            if let writer = state.writer, writer.deadline <= now {
                late.append(writer.continuation)
                state.writer = nil
            }
            return late
        }
        for continuation in late { continuation.resume(throwing: PeerIsTooSlow()) }
    }

    // MARK: The request's side

    /// Waits until the descriptor can be read or written.
    ///
    /// Throws ``PeerHasGone``, ``PeerIsTooSlow`` after `limit`, or `CancellationError`. One wait a direction.
    func wait(for direction: Direction, atMost limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal: (any Error)? = state.withLock { state in
                    guard !state.hasGone else { return PeerHasGone() }
                    // Set before the cancellation handler runs: either it is seen here, or the handler,
                    // which needs this lock, finds the waiter.
                    guard !Task.isCancelled else { return CancellationError() }
                    let waiter = Waiter(continuation: continuation, deadline: deadline)
                    switch direction {
                    case .reading:
                        state.reader = waiter
                        watch(state.watched.union(.readable), &state)
                    case .writing:
                        state.writer = waiter
                        watch(state.watched.union(.writable), &state)
                    }
                    return nil
                }
                if let refusal { continuation.resume(throwing: refusal) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                switch direction {
                case .reading: state.reader.take()
                case .writing: state.writer.take()
                }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Gives the descriptor back to the event loop's reading; false if the peer has gone.
    func endServing() -> Bool {
        state.withLock { state in
            guard !state.hasGone else { return false }
            state.exchange = nil
            state.freedAt = .now
            watch([.readable, .peerClosed], &state)
            return true
        }
    }

    /// No request is served any more, and the descriptor is about to be closed.
    func abandon() {
        state.withLock { $0.exchange = nil }
    }

    private func watch(_ readiness: Readiness, _ state: inout State) {
        guard readiness != state.watched else { return }
        state.watched = readiness
        epoll.change(descriptor, token: token, to: readiness)
    }
}

/// The web server has closed the connection, mostly because its client did.
struct PeerHasGone: Error {}

/// The peer took or gave nothing for as long as the configuration allows.
struct PeerIsTooSlow: Error {}
