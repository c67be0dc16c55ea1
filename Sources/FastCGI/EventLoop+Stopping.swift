internal import Glibc
internal import Logging
internal import NIOCore
internal import Synchronization

/// The way out: no new connections, idle ones closed, running requests given time, then cancelled.
extension EventLoop {
    /// A second call can only shorten the grace.
    func stop(grace: Duration) {
        let cancelsAt = ContinuousClock.now + grace
        if let stopping, stopping.cancelsAt <= cancelsAt { return }
        let isFirst = stopping == nil
        stopping = Stopping(
            cancelsAt: cancelsAt,
            closesIdleBy: stopping?.closesIdleBy,
            endsAt: stopping?.endsAt
        )
        if isFirst {
            let isOwn = listener?.isOwn == true
            closeListener()
            if isOwn {
                for seat in Array(seats.values) { closeIfIdle(seat) }
            } else {
                handsOver.store(true, ordering: .relaxed)
                // Not at once: what is in use is given back by its next answer, and then only the others are left.
                lastTrim = .now + context.configuration.idleLinger / 2
                stopping?.closesIdleBy = min(cancelsAt, .now + context.configuration.idleLinger)
            }
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

    /// Closes idle connections one by one, where another process takes over on the same socket.
    ///
    /// nginx may be writing to one in this very moment, and then tries once more on the next that it has kept: if
    /// all were closed at once, that one would be closed as well (decision 0097). Those that were used longest ago
    /// go first, for nginx takes the others first; what comes on the rest is served.
    func trimIdle(_ now: ContinuousClock.Instant) {
        guard let end = stopping?.closesIdleBy, now - lastTrim >= Self.trimTick else { return }
        let left = max(1, (end - now) / (now - lastTrim))
        lastTrim = now
        let idle = seats.values.filter { !$0.connection.isServing && $0.headDeadline == nil }
            .sorted { $0.connection.freedAt < $1.connection.freedAt }
        for seat in idle.prefix(Int((Double(idle.count) / left).rounded(.up))) { closeIfIdle(seat) }
        if now >= end { stopping?.closesIdleBy = nil }
    }

    /// A request is over while the process is stopping.
    func becameIdle(_ seat: Seat) {
        if stopping?.closesIdleBy == nil { closeIfIdle(seat) }
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
