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
    private var waiting: ByteBuffer
    /// Bytes have left: the status can no longer change.
    private(set) var hasBegun = false

    /// A body whose length is known is written when it is whole or fills a record: nobody streams it.
    var flushesEachWrite = true

    private static let recordLength = 8184

    init(request: LibFCGIRequest, connection: Connection, threads: IOThreads, stallLimit: Duration) {
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
        var bytes = bytes
        waiting.writeBuffer(&bytes)
        guard flushesEachWrite || waiting.readableBytes >= Self.recordLength else { return }
        try await flush()
    }

    func flush() async throws {
        guard waiting.readableBytes > 0 else { return }
        try await push(ending: false)
    }

    /// Writes what waits, and the end records.
    func end() async throws {
        try await push(ending: true)
    }

    /// Throws ``PeerHasGone``, ``PeerIsTooSlow`` or `CancellationError`.
    private func push(ending: Bool) async throws {
        var rest = waiting
        waiting.clear()
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
