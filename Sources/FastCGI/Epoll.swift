internal import CFastCGI
internal import Glibc

/// What a descriptor is watched for, and what was seen.
struct Readiness: OptionSet {
    var rawValue: UInt32

    static let readable = Readiness(rawValue: EPOLLIN.rawValue)
    static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
    /// The peer has closed, or shut down its sending side.
    static let peerClosed = Readiness(rawValue: EPOLLRDHUP.rawValue)
    /// Reported whether asked for or not.
    static let broken = Readiness(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
}

/// The epoll calls that we make; level-triggered, a token instead of a descriptor in each event.
///
/// Tokens are never used twice, so an event that was fetched before its connection was closed cannot be taken
/// for one of the next connection that got the same descriptor.
final class Epoll: Sendable {
    struct Event {
        var token: UInt64
        var seen: Readiness
    }

    private static let batch = 256

    private let descriptor: Int32

    init() throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1") }
    }

    deinit {
        close(descriptor)
    }

    func add(_ watched: Int32, token: UInt64, for readiness: Readiness) throws(SystemError) {
        guard control(EPOLL_CTL_ADD, watched, token, readiness) == 0 else { throw SystemError("epoll_ctl") }
    }

    func change(_ watched: Int32, token: UInt64, to readiness: Readiness) {
        _ = control(EPOLL_CTL_MOD, watched, token, readiness)
    }

    func remove(_ watched: Int32) {
        _ = control(EPOLL_CTL_DEL, watched, 0, [])
    }

    /// Waits for events; none after the timeout (nil: wait for ever).
    func wait(atMost timeout: Duration?) -> [Event] {
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.batch) { buffer in
            let milliseconds = timeout.map { Int32(clamping: $0.milliseconds) } ?? -1
            let count = epoll_wait(descriptor, buffer.baseAddress, Int32(Self.batch), milliseconds)
            guard count > 0 else { return [] }
            return buffer.prefix(Int(count)).map {
                Event(token: $0.data.u64, seen: Readiness(rawValue: $0.events))
            }
        }
    }

    private func control(
        _ operation: Int32,
        _ watched: Int32,
        _ token: UInt64,
        _ readiness: Readiness
    ) -> Int32 {
        var event = epoll_event()
        event.events = readiness.rawValue
        event.data.u64 = token
        return epoll_ctl(descriptor, operation, watched, &event)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
