internal import Glibc
internal import NIOCore
internal import Synchronization

/// Reading a request's head, up to the moment when it becomes an ``Exchange``.
extension EventLoop {
    /// Bytes asked of a socket at a time: nginx's head of a usual page fits.
    private static let readLength = 4096

    func read(_ seat: Seat) {
        var failure: Int32 = 0
        let count = seat.received.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.readLength) {
            space in
            let count = recv(
                seat.connection.descriptor,
                space.baseAddress,
                space.count,
                Int32(MSG_DONTWAIT)
            )
            if count < 0 { failure = errno }
            return max(0, count)
        }
        if failure == EAGAIN || failure == EINTR { return }
        guard count > 0 else {
            // A kept connection ends between requests, or the peer died within a head.
            return end(seat, seat.received.readableBytes == 0 ? nil : .incompleteHead)
        }
        parse(seat)
    }

    func parse(_ seat: Seat) {
        guard seat.received.readableBytes > 0 else { return }
        do {
            guard let head = try seat.received.withUnsafeReadableBytes({ try seat.scanner.scan($0) }) else {
                seat.headDeadline = seat.headDeadline ?? .now + context.configuration.headTimeout
                return
            }
            try serve(head, seat)
        } catch {
            end(seat, error as? ProtocolFault)
        }
    }

    private func serve(_ head: HeadScanner.Head, _ seat: Seat) throws {
        let connection = seat.connection
        let request = seat.received.withUnsafeReadableBytes {
            feed.parse(
                UnsafeRawBufferPointer(rebasing: $0.prefix(head.length)),
                connection: connection.descriptor
            )
        }
        guard let request else { throw ProtocolFault.refusedByLibrary }
        seat.received.moveReaderIndex(forwardBy: head.length)
        let isAdmitted =
            activeRequests.load(ordering: .acquiring) < context.configuration.maxConcurrentRequests
        if isAdmitted { activeRequests.add(1, ordering: .relaxed) }
        let exchange = Exchange(
            connection: connection,
            request: request,
            head: head,
            received: seat.received,
            admission: isAdmitted ? .admitted : .tooManyRequests,
            context: context,
            loop: self
        )
        seat.received = ByteBuffer()
        seat.scanner = HeadScanner(limit: context.configuration.maxHeadLength)
        seat.headDeadline = nil
        connection.beginServing(exchange)
        ready.append(exchange)
    }
}
