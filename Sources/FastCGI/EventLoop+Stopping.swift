internal import Glibc
internal import Logging
internal import NIOCore

/// The way out: no new connections, idle ones closed, running requests given time, then cancelled.
extension EventLoop {
    /// A second call can only shorten the grace.
    func stop(grace: Duration) {
        let cancelsAt = ContinuousClock.now + grace
        if let stopping, stopping.cancelsAt <= cancelsAt { return }
        let isFirst = stopping == nil
        stopping = Stopping(
            cancelsAt: cancelsAt,
            closesIdleAt: stopping?.closesIdleAt,
            endsAt: stopping?.endsAt
        )
        if isFirst {
            let isOwn = listener?.isOwn == true
            closeListener()
            // Where another process takes over, nginx may be writing to an idle connection in this very moment,
            // and its one more try to the next idle one. Those that are in use are closed one by one, each with
            // an answer, and the others once nginx has turned to the newer ones, which it does first.
            stopping?.closesIdleAt = isOwn ? .now : min(cancelsAt, .now + context.configuration.idleLinger)
            closeIdleIfDue(.now)
            let running = seats.count
            context.logger.debug("Draining", metadata: ["connections": "\(running)"])
        }
        cancelIfDue(.now)
    }

    /// Stops listening.
    ///
    /// Connections already in the backlog of our own socket have nowhere else to go: they are served. An
    /// inherited socket lives on, and so do those that wait on it.
    private func closeListener() {
        guard let listener else { return }
        if listener.isOwn {
            listener.unlink()
            let before = seats.count
            repeat { acceptAll() } while isAccepting && seats.count > before && hasWaitingConnection
        }
        if isAccepting { epoll.remove(listener.descriptor) }
        listener.close()
        self.listener = nil
        isAccepting = true
    }

    private var hasWaitingConnection: Bool {
        guard let listener else { return false }
        var entry = pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0 && seats.count < context.configuration.maxConnections
    }

    /// Closes a kept connection without a byte of a next request.
    ///
    /// A new one still owes its first request.
    func closeIfIdle(_ seat: Seat) {
        guard !seat.connection.isServing, seat.headDeadline == nil, seat.received.readableBytes == 0 else {
            return
        }
        var byte: UInt8 = 0
        let flags = Int32(MSG_PEEK | MSG_DONTWAIT)
        // Data that has just arrived is served; a connection at its end, or without data, is closed.
        guard recv(seat.connection.descriptor, &byte, 1, flags) <= 0 else { return }
        close(seat)
    }

    func closeIdleIfDue(_ now: ContinuousClock.Instant) {
        guard let due = stopping?.closesIdleAt, due <= now else { return }
        stopping?.closesIdleAt = nil
        for seat in Array(seats.values) { closeIfIdle(seat) }
    }

    func cancelIfDue(_ now: ContinuousClock.Instant) {
        guard let stopping, stopping.cancelsAt <= now else { return }
        if let endsAt = stopping.endsAt {
            if endsAt <= now, !seats.isEmpty {
                context.logger.error(
                    "Requests ignored their cancellation",
                    metadata: ["count": "\(seats.count)"]
                )
            }
            return
        }
        self.stopping?.endsAt = now + context.configuration.cancellationGrace
        let running = seats.values.compactMap(\.connection.exchange)
        if !running.isEmpty {
            context.logger.warning("Cancelling requests", metadata: ["count": "\(running.count)"])
        }
        for exchange in running { exchange.cancel() }
        for seat in Array(seats.values) where !seat.connection.isServing { close(seat) }
    }
}
