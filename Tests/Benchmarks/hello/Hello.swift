import FastCGI
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import UnixSignals

/// Says hello on the unix socket that its argument names: the transport alone, without routes, log or database.
///
/// What stands beside PHP's and Go's hello in the benchmarks. It is no part of Parley: Package.swift knows it
/// only where PARLEY_BENCH is set.
@main
struct Hello {
    static func main() async throws {
        var logger = Logger(label: "hello")
        logger.logLevel = .error
        let server = FastCGIServer(
            configuration: FastCGIConfiguration(socketPath: CommandLine.arguments[1]),
            logger: logger
        ) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: "Hello, world!\n"))
            )
        }
        // libfcgi has a handler of its own for SIGTERM, after which nobody ends.
        let group = ServiceGroup(services: [server], gracefulShutdownSignals: [.sigterm], logger: logger)
        try await group.run()
    }
}
