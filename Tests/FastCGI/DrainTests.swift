import Foundation
import Glibc
import Hummingbird
import Logging
import ServiceLifecycle
import Testing

@testable import FastCGI

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

        /// Another process has the same socket: what is idle stays for a moment, is served, and is closed by then.
        @Test func onASharedSocketIdleConnectionsAreServedForAWhileAndThenClosed() async throws {
            try await draining(grace: .seconds(30), shared: true, respond: { _, _ in .text("done") }) {
                server in
                let (used, idle) = (try server.connect(), try server.connect())
                try await offPool {
                    for client in [used, idle] {
                        let answer = try client.exchange(Records.get())
                        #expect(answer.status == 200)
                    }
                }
                let start = ContinuousClock.now
                await server.shutDown()
                try await offPool {
                    let answer = try used.exchange(Records.get())
                    #expect(answer.status == 200)
                    let isClosed = try idle.isClosedByServer()
                    #expect(isClosed)
                }
                #expect(ContinuousClock.now - start >= .milliseconds(300))
                #expect(FileManager.default.fileExists(atPath: server.path))
                unlink(server.path)
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
    shared: Bool = false,
    respond: @escaping Respond,
    _ test: @escaping @Sendable (Running) async throws -> Void
) async throws {
    var configuration = FastCGIConfiguration(socketPath: temporarySocketPath())
    configuration.acceptsInheritedSocket = false
    configuration.idleLinger = .milliseconds(800)
    let socket =
        shared ? try ListeningSocket(path: configuration.socketPath, mode: UInt32(0o600)) : nil
    configuration.givenSocket = socket.map { dup($0.descriptor) }
    defer { socket?.close() }
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
