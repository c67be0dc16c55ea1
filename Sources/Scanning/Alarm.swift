import Glibc

/// Wakes the one thread that waits for it beside a socket.
final class Alarm: Sendable {
    let descriptor: Int32
    private let other: Int32

    init() throws(ScanFailure) {
        var ends: [Int32] = [-1, -1]
        let kind =
            Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ScanFailure(message: "no socket: \(errno)")
        }
        descriptor = ends[0]
        other = ends[1]
    }

    deinit {
        close(descriptor)
        close(other)
    }

    /// Full means that it rings already.
    func ring() {
        var byte: UInt8 = 1
        send(other, &byte, 1, Int32(truncatingIfNeeded: MSG_NOSIGNAL))
    }

    func silence() {
        var byte: UInt8 = 0
        while recv(descriptor, &byte, 1, 0) > 0 {}
    }

    /// Waits until it rings, `socket` has something to read, or the deadline has passed.
    func wait(with socket: Int32 = -1, until deadline: ContinuousClock.Instant) {
        let left = max(.zero, ContinuousClock.now.duration(to: deadline))
        // Up, or it would come back a moment too early and turn in a circle.
        let milliseconds = min(60_000, (left / .milliseconds(1)).rounded(.up))
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&entries, 2, Int32(milliseconds)) > 0 else { return }
        if entries[0].revents != 0 { silence() }
    }
}
