import FastCGI
import Hummingbird
import Testing

extension TransportTests {
    @Suite struct PeerGoneTests {
        @Test func aParkedRequestIsCancelledWithinASecondOfItsPeersGoing() async throws {
            let parked = Gate()
            let cancelled = Gate()
            try await serving(respond: { request, parameters in
                guard request.uri.path == "/park" else { return try await echo(request, parameters) }
                parked.add()
                do { try await park() } catch { cancelled.add() }
                throw CancellationError()
            }) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get("/park")) }
                await parked.wait()
                let start = ContinuousClock.now
                client.hangUp()
                await cancelled.wait()
                #expect(ContinuousClock.now - start < .seconds(1))
                let answer = try await offPool { try server.connect().exchange(Records.get()) }
                #expect(answer.status == 200)
                #expect(server.log.all.isEmpty)
            }
        }

        @Test func aRequestIsCancelledAlsoWhenItsBodyLiesUnread() async throws {
            let parked = Gate()
            let cancelled = Gate()
            try await serving(respond: { _, _ in
                parked.add()
                do { try await park() } catch { cancelled.add() }
                throw CancellationError()
            }) { server in
                let client = try server.connect()
                try await offPool {
                    try client.send(Records.post("/park", [UInt8](repeating: 1, count: 9000)))
                }
                await parked.wait()
                client.hangUp()
                await cancelled.wait()
            }
        }

        @Test func aReaderOfABodyLearnsThatItsPeerHasGone() async throws {
            let failed = Gate()
            let reading = Gate()
            try await serving(respond: { request, _ in
                do {
                    for try await _ in request.body { reading.add() }
                } catch {
                    failed.add()
                    throw error
                }
                return .text("whole")
            }) { server in
                let client = try server.connect()
                try await offPool {
                    try client.send(Records.head(method: "POST", length: "100"))
                    try client.send(Records.record(Records.standardInput, [1]))
                }
                await reading.wait()
                client.hangUp()
                await failed.wait()
            }
        }

        @Test func aWriterLearnsThatItsPeerHasGone() async throws {
            let failed = Gate()
            let begun = Gate()
            try await serving(respond: { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        do {
                            while true {
                                try await writer.write(.init(repeating: 65, count: 1000))
                                begun.add()
                            }
                        } catch {
                            failed.add()
                            throw error
                        }
                    }
                )
            }) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get()) }
                await begun.wait()
                client.hangUp()
                await failed.wait()
                #expect(server.log.all.isEmpty)
            }
        }

        @Test func aPeerThatTakesNothingIsGivenUp() async throws {
            let failed = Gate()
            try await serving({ $0.stallLimit = .milliseconds(100) }) { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        do {
                            while true { try await writer.write(.init(repeating: 65, count: 100_000)) }
                        } catch {
                            failed.add()
                            throw error
                        }
                    }
                )
            } _: { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get()) }
                await failed.wait()
                await server.log.wait(for: 1)
                #expect(server.log.all == ["FastCGI connection ended: the peer stalled"])
            }
        }
    }
}
