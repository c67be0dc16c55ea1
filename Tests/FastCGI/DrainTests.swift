import FastCGI
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle
import Testing

extension TransportTests {
    @Suite struct DrainTests {
        @Test func aGracefulShutdownFinishesWhatRunsAndClosesWhatIsIdle() async throws {
            let parked = Gate()
            let release = Gate()
            try await draining(
                grace: .seconds(30),
                respond: { request, _ in
                    if request.uri.path == "/slow" {
                        parked.add()
                        await release.wait()
                    }
                    return .text("done")
                }
            ) { server in
                let (idle, busy) = (try server.connect(), try server.connect())
                try await offPool {
                    #expect(try idle.exchange(Records.get()).status == 200)
                    try busy.send(Records.get("/slow"))
                }
                await parked.wait()
                await server.shutDown()
                try await offPool {
                    let isClosed = try idle.isClosedByServer()
                    #expect(isClosed)
                    #expect(throws: ClientError.self) { try server.connect() }
                    release.add()
                    #expect(try busy.readAnswer().text == "done")
                    #expect(try busy.isClosedByServer())
                }
                #expect(FileManager.default.fileExists(atPath: server.path) == false)
                #expect(server.log.all.isEmpty)
            }
        }

        @Test func requestsThatOutlastTheGraceAreCancelled() async throws {
            let parked = Gate()
            try await draining(
                grace: .milliseconds(50),
                respond: { _, _ in
                    parked.add()
                    try await park()
                    return .text("never")
                }
            ) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get()) }
                await parked.wait()
                await server.shutDown()
                try await offPool {
                    let answer = try client.readAnswer()
                    #expect(answer.status == 503)
                    #expect(try client.isClosedByServer())
                }
            }
        }

        @Test func aRequestSeesTheGracefulShutdownItself() async throws {
            let parked = Gate()
            try await draining(
                grace: .seconds(30),
                respond: { _, _ in
                    parked.add()
                    try? await cancelWhenGracefulShutdown { try await park() }
                    return .text("shutting down")
                }
            ) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get()) }
                await parked.wait()
                await server.shutDown()
                let answer = try await offPool { try client.readAnswer() }
                #expect(answer.text == "shutting down")
            }
        }

        @Test func aRequestThatIgnoresItsCancellationDoesNotHoldTheServer() async throws {
            let parked = Gate()
            let release = Gate()
            try await draining(
                grace: .milliseconds(20),
                respond: { _, _ in
                    parked.add()
                    await Task { await release.wait() }.value
                    return .text("late")
                }
            ) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get()) }
                await parked.wait()
                await server.shutDown()
                await server.log.wait(for: 2)
                #expect(server.log.all.last == "Requests ignored their cancellation: 1")
            }
            release.add()
        }
    }
}

/// Runs a server in a service group; the test ends it with ``Running/shutDown``, and it must then end by itself.
private func draining(
    grace: Duration,
    respond: @escaping Respond,
    _ test: @escaping @Sendable (Running) async throws -> Void
) async throws {
    var configuration = FastCGIConfiguration(socketPath: temporarySocketPath())
    configuration.acceptsInheritedSocket = false
    configuration.shutdownGrace = grace
    configuration.cancellationGrace = .milliseconds(100)
    let log = LogLines()
    let listening = Gate()
    let server = FastCGIServer(
        configuration: configuration,
        logger: log.logger,
        onListening: { listening.add() },
        respond: respond
    )
    let group = ServiceGroup(
        services: [server],
        logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() }
    )
    let running = Task { try await group.run() }
    await listening.wait()
    try await test(
        Running(path: configuration.socketPath, log: log, shutDown: { await group.triggerGracefulShutdown() })
    )
    try await running.value
}
