import AsyncHTTPClient
import NIOCore

/// A response's body piece by piece, its failures told apart from everybody else's.
struct ResponsePieces {
    /// The connection broke.
    struct Broken: Error {
        let cause: any Error
    }

    private var iterator: HTTPClientResponse.Body.AsyncIterator

    init(_ body: HTTPClientResponse.Body) {
        iterator = body.makeAsyncIterator()
    }

    mutating func next() async throws -> ByteBuffer? {
        do {
            return try await iterator.next()
        } catch {
            throw Broken(cause: error)
        }
    }

    /// Reads on to the end of the body, so that the connection can serve the next request.
    ///
    /// A body that is let go before its end costs the next answer a new TLS handshake. Nobody waits for
    /// this, and a server that goes on talking after its last word is left alone.
    static func drainForReuse(_ pieces: sending ResponsePieces) {
        Task {
            var rest = pieces
            var patience = 16
            while patience > 0, try await rest.next() != nil { patience -= 1 }
        }
    }
}
