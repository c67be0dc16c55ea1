internal import Glibc
internal import NIOCore
internal import Synchronization

/// Why a request's body cannot be read to its declared end.
package enum RequestBodyError: Error, Equatable {
    /// The body ended before CONTENT_LENGTH bytes.
    case shorterThanDeclared(declared: Int, received: Int)
    /// More bytes came than CONTENT_LENGTH said; those beyond it are never handed out.
    case longerThanDeclared(declared: Int)
    /// Two tasks read the same body at the same time.
    case concurrentReads
}

/// Reads a request's body, one piece at a time, as fast as the reader asks for them.
///
/// At most ``pieceLength`` bytes lie in memory; the rest waits in the socket, and so in nginx.
final class BodyIntake: Sendable {
    /// Bytes of one read: nginx sends records of up to 32 KB, and a page of pieces costs few thread changes.
    static let pieceLength = 64 * 1024

    private struct State {
        var scanner: BodyScanner
        var received: ByteBuffer
        var delivered = 0
        var isReading = false
        var failure: (any Error)?
    }

    private enum Receipt {
        case bytes(ByteBuffer)
        case nothingYet
        case closed
    }

    /// CONTENT_LENGTH; nil accepts any length.
    let declaredLength: Int?
    private let connection: Connection
    private let threads: IOThreads
    private let stallLimit: Duration
    private let state: Mutex<State>

    init(
        requestID: UInt16,
        received: ByteBuffer,
        declaredLength: Int?,
        connection: Connection,
        threads: IOThreads,
        stallLimit: Duration
    ) {
        self.declaredLength = declaredLength
        self.connection = connection
        self.threads = threads
        self.stallLimit = stallLimit
        state = Mutex(State(scanner: BodyScanner(requestID: requestID), received: received))
    }

    /// Looks, without waiting, whether the STDIN stream has already ended without any content.
    func isKnownToBeEmpty() -> Bool {
        state.withLock { state in
            var scanner = state.scanner
            var received = state.received
            guard case .end = try? scanner.next(from: &received) else { return false }
            state.scanner = scanner
            state.received = received
            return true
        }
    }

    /// The next piece of the body; nil at its end.
    ///
    /// Throws ``RequestBodyError``, a ``ProtocolFault``, ``PeerHasGone``, ``PeerIsTooSlow`` or
    /// `CancellationError`; once it has thrown for the body's sake, it throws the same again.
    func next() async throws -> ByteBuffer? {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            guard !state.isReading else { throw RequestBodyError.concurrentReads }
            state.isReading = true
        }
        defer { state.withLock { $0.isReading = false } }
        let piece = try await nextPiece()
        return try state.withLock { state in
            state.delivered += piece?.readableBytes ?? 0
            guard let declaredLength else { return piece }
            if state.delivered > declaredLength {
                state.failure = RequestBodyError.longerThanDeclared(declared: declaredLength)
            } else if piece == nil, state.delivered < declaredLength {
                state.failure = RequestBodyError.shorterThanDeclared(
                    declared: declaredLength,
                    received: state.delivered
                )
            }
            if let failure = state.failure { throw failure }
            return piece
        }
    }

    /// Reads what is left and drops it, so that the connection can carry another request.
    func drain() async throws {
        while try await nextPiece() != nil {}
    }

    /// Takes the bytes after the body's end: the beginning of a next request.
    func takeLeftover() -> ByteBuffer {
        state.withLock { state in
            defer { state.received = ByteBuffer() }
            // An empty buffer would still hold the memory of a whole read.
            return state.received.readableBytes == 0 ? ByteBuffer() : state.received
        }
    }

    private func nextPiece() async throws -> ByteBuffer? {
        while true {
            let step = try state.withLock { state throws(ProtocolFault) in
                try state.scanner.next(from: &state.received)
            }
            switch step {
            case .content(let piece): return piece
            case .end:
                state.withLock { if $0.received.readableBytes == 0 { $0.received = ByteBuffer() } }
                return nil
            case .needsMore: try await receive()
            }
        }
    }

    private func receive() async throws {
        guard !connection.hasGone else { throw PeerHasGone() }
        let descriptor = connection.descriptor
        let length = state.withLock { bytesWorthAsking($0) }
        switch try await threads.run({ Self.receive(from: descriptor, atMost: length) }) {
        case .bytes(var bytes):
            state.withLock { state in
                if state.received.readableBytes == 0 {
                    state.received = bytes
                } else {
                    state.received.writeBuffer(&bytes)
                }
            }
        case .nothingYet:
            try await connection.wait(for: .reading, atMost: stallLimit)
        case .closed:
            throw PeerHasGone()
        }
    }

    /// A small body gets a small buffer: it may be kept as long as the request is parked.
    private func bytesWorthAsking(_ state: borrowing State) -> Int {
        guard let declaredLength else { return Self.pieceLength }
        let records = 256
        let left = max(0, declaredLength - state.delivered)
        return min(Self.pieceLength, left < Self.pieceLength ? left + records : Self.pieceLength)
    }

    private static func receive(from descriptor: Int32, atMost length: Int) -> Receipt {
        var bytes = ByteBufferAllocator().buffer(capacity: length)
        var failure: Int32 = 0
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { space in
            let count = recv(descriptor, space.baseAddress, length, Int32(MSG_DONTWAIT))
            if count < 0 { failure = errno }
            return max(0, count)
        }
        if failure == EAGAIN || failure == EINTR { return .nothingYet }
        return count > 0 ? .bytes(bytes) : .closed
    }
}
