internal import NIOCore

/// The response of one request on its way out.
///
/// The head waits for the first bytes of the body, so that both leave in one record and a body that fails
/// before its first byte can still become a 500. Used by the request's task alone.
final class ResponseOutput {
    private let request: LibFCGIRequest
    private let connection: Connection
    private let threads: IOThreads
    private let stallLimit: Duration
    /// Whether the answer is the last on its connection, asked when it ends.
    private let isLast: @Sendable () -> Bool
    private var waiting: ByteBuffer
    /// Bytes have left: the status can no longer change.
    private(set) var hasBegun = false

    /// A body whose length is known is written when it is whole or fills a record: nobody streams it.
    var flushesEachWrite = true

    private static let recordLength = 8184

    init(
        request: LibFCGIRequest,
        connection: Connection,
        threads: IOThreads,
        stallLimit: Duration,
        isLast: @escaping @Sendable () -> Bool
    ) {
        self.isLast = isLast
        self.request = request
        self.connection = connection
        self.threads = threads
        self.stallLimit = stallLimit
        waiting = ByteBuffer()
    }

    /// Sets the head anew; only while nothing has left.
    func begin(_ head: ByteBuffer) {
        waiting = head
    }

    func write(_ bytes: ByteBuffer) async throws {
        guard bytes.readableBytes < Self.recordLength else {
            // Large bytes go out as they are: to join them to the head would copy them.
            try await flush()
            return try await push(bytes, ending: .none)
        }
        waiting.writeImmutableBuffer(bytes)
        guard flushesEachWrite || waiting.readableBytes >= Self.recordLength else { return }
        try await flush()
    }

    func flush() async throws {
        let bytes = takeWaiting()
        if bytes.readableBytes > 0 { try await push(bytes, ending: .none) }
    }

    /// Writes what waits, and the end records.
    func end() async throws {
        try await push(takeWaiting(), ending: isLast() ? .last : .kept)
    }

    private func takeWaiting() -> ByteBuffer {
        defer { waiting = ByteBuffer() }
        return waiting
    }

    /// Throws ``PeerHasGone``, ``PeerIsTooSlow`` or `CancellationError`.
    private func push(_ bytes: ByteBuffer, ending: LibFCGIRequest.Ending) async throws {
        var rest = bytes
        while true {
            guard !connection.hasGone else { throw PeerHasGone() }
            hasBegun = true
            let pushed = try await threads.run { [request, rest] in request.push(rest, ending: ending) }
            switch pushed {
            case .done: return
            case .failed: throw PeerHasGone()
            case .blocked(let taken):
                rest.moveReaderIndex(forwardBy: taken)
                try await connection.wait(for: .writing, atMost: stallLimit)
            }
        }
    }
}
