import Client
import TestSupport
import Testing

/// A command is acknowledged, or somebody is told that it was not; nobody waits for ever, and nothing is done twice.
///
/// The ledger's side is in Store's LedgerTests and test_ledger.py, the browser's in test_unreliable_network.py.
@Suite("An acknowledgement", .timeLimit(.minutes(5)))
struct AcknowledgmentTests {
    private static func ack(replayed: Bool = false) -> [ScriptedProvider.Step] {
        .json(
            #"{"ack":{"event":"user-input","id":"x","discussionId":"d1","cursor":2,"replayed":\#(replayed)}}"#,
            status: 201
        )
    }

    @Test("that does not come within its time is asked for again under the same id")
    func timeout() async throws {
        let count = Count()
        let scripted = try ScriptedSite(limits: { $0.ackTimeout = .milliseconds(150) }) { _ in
            count.next() == 1 ? [.hang] : Self.ack(replayed: true)
        }
        let told = Count()
        try await scripted.use {
            let clock = ContinuousClock()
            let start = clock.now
            let ack = try await scripted.site.send(.start(topic: "Tools?")) { retry in
                #expect("\(retry)".contains("no answer in time"))
                _ = told.next()
            }
            #expect(ack.replayed)
            #expect(clock.now - start >= .milliseconds(150))
        }
        let requests = scripted.server.requests
        #expect(requests.count == 2)
        #expect(requests[0].headers["idempotency-key"] == requests[1].headers["idempotency-key"])
        #expect(requests[0].body == requests[1].body)
        #expect(told.next() == 2)
    }

    @Test("is waited for with pauses that double, and given up after three more tries")
    func retries() async throws {
        let scripted = try ScriptedSite(limits: { $0.ackTimeout = .milliseconds(50) }) { _ in [.hang] }
        let error = try await scripted.use {
            await #expect(throws: SiteError.self) { try await scripted.site.send(.start(topic: "Tools?")) }
        }
        #expect(error == SiteError.unreachable(tries: 4, reason: "no answer in time"))
        #expect(scripted.server.requests.count == 4)
        #expect(Set(scripted.server.requests.map { $0.headers["idempotency-key"] }).count == 1)
        // With the jitter in the test's hand.
        #expect(scripted.pauses == [.milliseconds(250), .milliseconds(500), .seconds(1)])
    }

    @Test("has an id of its own for each command")
    func ids() async throws {
        let scripted = try ScriptedSite { _ in Self.ack() }
        try await scripted.use {
            for _ in 1...3 { _ = try await scripted.site.send(.start(topic: "Tools?")) }
        }
        #expect(Set(scripted.server.requests.map { $0.headers["idempotency-key"] }).count == 3)
    }

    @Test("that was cancelled is not asked for again")
    func cancelled() async throws {
        let scripted = try ScriptedSite(limits: { $0.ackTimeout = .seconds(60) }) { _ in [.hang] }
        try await scripted.use {
            let sending = Task { try await scripted.site.send(.start(topic: "Tools?")) }
            while scripted.server.requests.isEmpty { await Task.yield() }
            sending.cancel()
            await #expect(throws: CancellationError.self) { try await sending.value }
        }
        #expect(scripted.server.requests.count == 1)
    }
}
