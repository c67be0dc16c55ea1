internal import CFastCGI
internal import Glibc
internal import Logging

/// Accepting connections, within the bound.
extension EventLoop {
    /// Connections accepted before others get their turn.
    ///
    /// Thousands of polls come back at the same instant when an event has reached them all, and a full backlog
    /// is a 502; taking one in costs some microseconds.
    private static let acceptBatch = 1_024

    /// Seconds that a write may hold an I/O thread; only a descriptor that was just writable is written to,
    /// so it should never be reached.
    private static let writeTimeout = 5

    func acceptAll() {
        for _ in 0..<Self.acceptBatch {
            guard let listener else { return }
            if seats.count >= context.configuration.maxConnections { closeSomeIdle() }
            guard seats.count < context.configuration.maxConnections else { return pauseAccepting() }
            // Blocking, as libfcgi needs it: to its writes EAGAIN would be a broken stream.
            let descriptor = accept4(listener.descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
            if descriptor >= 0 {
                seat(descriptor)
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return
            default:
                context.logger.warning("Cannot accept", error: SystemError("accept4"))
                return pauseAccepting()
            }
        }
    }

    /// Tries again when a connection is closed, or with the next tick (out of descriptors or memory).
    func resumeAccepting() {
        guard let listener, seats.count < context.configuration.maxConnections else { return }
        isAccepting = true
        try? epoll.add(listener.descriptor, token: Self.listenerToken, for: .readable)
    }

    /// nginx keeps more connections than there may be while polls hold the others: the idle ones give way.
    ///
    /// nginx sees at once that they are closed, and tries again should it have sent something just then.
    private func closeSomeIdle() {
        let idle = seats.values.lazy.filter { !$0.connection.isServing && $0.headDeadline == nil }
        for seat in Array(idle.prefix(Self.closedAtOnce)) { closeIfIdle(seat) }
    }

    /// Many, because to find them means to look at all.
    private static let closedAtOnce = 256

    private func pauseAccepting() {
        guard let listener, isAccepting else { return }
        isAccepting = false
        epoll.remove(listener.descriptor)
    }

    private func seat(_ descriptor: Int32) {
        var limit = timeval(tv_sec: Self.writeTimeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connection = Connection(descriptor: descriptor, token: nextToken, epoll: epoll)
        nextToken += 1
        do {
            try epoll.add(descriptor, token: connection.token, for: [.readable, .peerClosed])
        } catch {
            context.logger.warning("Cannot accept", error: error)
            Glibc.close(descriptor)
            return
        }
        seats[connection.token] = Seat(
            connection: connection,
            scanner: HeadScanner(limit: context.configuration.maxHeadLength),
            headDeadline: .now + context.configuration.headTimeout
        )
    }
}
