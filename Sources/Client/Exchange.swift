import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// What came back for one request.
struct SiteAnswer {
    let status: Int
    let retryAfter: Duration?
    let body: [UInt8]
}

/// No answer came, or only a part of one; whether the request took effect is not known.
struct NoAnswer: Error {
    let reason: String
}

extension ParleySite {
    /// Sends one request once, and reads its answer whole.
    ///
    /// Cancelling closes the connection.
    ///
    /// - Throws: ``NoAnswer``, ``SiteError`` for an answer that is too large, or `CancellationError`.
    ///
    /// - Parameters:
    ///   - silence: what `http` ends an answer after that does not come.
    ///   - largest: the longest body, in bytes.
    func exchange(
        _ request: HTTPClientRequest,
        over http: HTTPClient,
        silence: Duration,
        atMost largest: Int
    ) async throws -> SiteAnswer {
        var request = request
        request.headers.add(name: "Accept", value: "application/json")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token.value)") }
        do {
            // Silence ends an answer that does not come; this ends one that only trickles.
            let response = try await http.execute(request, timeout: TimeAmount(silence * 4))
            let retryAfter = response.headers.first(name: "Retry-After")
            let body = try await response.body.collect(upTo: largest)
            return SiteAnswer(
                status: Int(response.status.code),
                retryAfter: retryAfter.flatMap { RetryAfter.duration($0) },
                body: Array(body.readableBytesView)
            )
        } catch {
            try Task.checkCancellation()
            guard !(error is NIOTooManyBytesError) else {
                throw SiteError.unusable("The answer is larger than \(largest >> 20) MB.")
            }
            throw NoAnswer(reason: Self.reason(of: error))
        }
    }

    /// A failure below HTTP in a person's words.
    private static func reason(of error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where [.readTimeout, .deadlineExceeded].contains(error):
            "no answer in time"
        case let error as HTTPClientError where error == .connectTimeout: "no connection in time"
        case ChannelError.connectTimeout:
            "no connection in time"
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { reason(of: $0.error) } ?? "there is no host of this name"
        case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused"
        // NIOSSL's errors have no common type.
        case _ where String(reflecting: type(of: error)).contains("SSL"): "no trusted TLS connection"
        default: "the connection broke"
        }
    }
}
