import FastCGI
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// A running server and what a test needs of it.
struct Running: Sendable {
    var path: String
    var log: LogLines
    /// Begins a graceful shutdown, where a service group runs the server.
    var shutDown: @Sendable () async -> Void = {}

    func connect() throws -> RawClient {
        try RawClient(path)
    }
}

extension Response {
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}

func temporarySocketPath() -> String {
    "/tmp/parley-fastcgi-\(UUID().uuidString.prefix(8)).sock"
}

/// Runs a server for the length of a test; afterwards it must end within the test's time limit.
@discardableResult
func serving(
    _ adjust: (inout FastCGIConfiguration) -> Void = { _ in },
    respond: @escaping Respond,
    _ test: @escaping @Sendable (Running) async throws -> Void
) async throws -> LogLines {
    let path = temporarySocketPath()
    var configuration = FastCGIConfiguration(socketPath: path)
    configuration.acceptsInheritedSocket = false
    adjust(&configuration)
    let log = LogLines()
    let listening = Gate()
    let server = FastCGIServer(
        configuration: configuration,
        logger: log.logger,
        onListening: { listening.add() },
        respond: respond
    )
    let running = Task { try await server.run() }
    await listening.wait()
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await test(Running(path: path, log: log)))
    } catch {
        outcome = .failure(error)
    }
    running.cancel()
    try await running.value
    try outcome.get()
    return log
}

/// Answers with what it was asked: `METHOD path`, or the length and sum of the body for `/body`.
func echo(_ request: Request, _ parameters: FastCGIParameters) async throws -> Response {
    guard request.uri.path == "/body" else {
        return .text("\(request.method.rawValue) \(request.head.path ?? "")")
    }
    var length = 0
    var sum = Hasher()
    for try await piece in request.body {
        length += piece.readableBytes
        piece.withUnsafeReadableBytes { sum.combine(bytes: $0) }
    }
    return .text("\(length) \(sum.finalize())")
}

/// The same by another way, within this process.
func checksum(_ bytes: [UInt8]) -> String {
    var sum = Hasher()
    bytes.withUnsafeBytes { sum.combine(bytes: $0) }
    return "\(bytes.count) \(sum.finalize())"
}
