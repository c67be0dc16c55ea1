import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension ParleySite {
    /// Sends a command until it is acknowledged: after a lost answer again with the same id, so that it is
    /// done once.
    ///
    /// - Parameter onRetry: told before each pause.
    /// - Throws: ``SiteError``; `CancellationError`, after which it is not known whether the command was done.
    public func send(
        _ command: SiteCommand,
        onRetry: @Sendable (Retry) -> Void = { _ in }
    ) async throws -> Acknowledgement {
        var request = HTTPClientRequest(url: address.base + command.path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: command.contentType)
        request.headers.add(name: "Idempotency-Key", value: command.id)
        request.body = .bytes(ByteBuffer(bytes: command.body))
        return try await repeated(atMost: 1 + limits.commandRetries, onRetry: onRetry) { [request] in
            try await outcome(
                of: request,
                over: command.hasFiles ? uploads : commands,
                silence: command.hasFiles ? limits.fileAckTimeout : limits.ackTimeout,
                atMost: limits.largestAcknowledgement
            ) { Acknowledgement($0.body) }
        }
    }
}
