import Domain
import Doubles
import Engine
import Foundation
import Logging
import Store
import TestSupport
import Testing

@Suite("The log's upkeep", .timeLimit(.minutes(5)))
struct LogUpkeepTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("compacts, forgets old events and old acknowledgements, in as many steps as it takes")
    func tidies() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let table = try await store.discussion()
            let upkeep = LogUpkeep(store: store, retentionDays: 30, logger: Self.logger, now: { clock.now })
            func write(_ count: Int) async throws {
                try await store.write { writer in
                    for _ in 0..<count {
                        try writer.append(.discussionStopped(.init(status: .waiting)), of: table.id)
                    }
                }
            }
            let command = Command(id: "c", name: "stop", person: table.owner, hash: "h")
            _ = try await store.perform(command) { _ in table.id }
            try await write(1_700)
            clock.advance(by: 8 * 24 * 3_600)
            try await write(5)
            try await upkeep.tidy()
            #expect(try await store.events(of: table.id).count == 1_705)
            #expect(try await !store.perform(command) { _ in table.id }.replayed)
            clock.advance(by: 23 * 24 * 3_600)
            try await upkeep.tidy()
            #expect(try await store.events(of: table.id).map(\.id) == Array(1_701...1_705))
            #expect(try await store.read { reader in try reader.newestRemovedEvent() } == 1_700)
        }
    }

    @Test("writes what consumers acknowledged while it runs, and what is left at its end")
    func consumers() async throws {
        try await withStore { store in
            let person = try await store.person(named: "one").id
            _ = try await store.consumerCursor("tail", of: person)
            let upkeep = LogUpkeep(store: store, retentionDays: 30, logger: Self.logger)
            let running = Task { await upkeep.run() }
            store.consumers.acknowledge(5, by: "tail", of: person)
            while try await store.read({ reader in try reader.findConsumerCursor("tail", of: person) }) != 5 {
                try await Task.sleep(for: .milliseconds(5))
            }
            store.consumers.acknowledge(6, by: "tail", of: person)
            running.cancel()
            await running.value
            #expect(try await store.read { reader in try reader.findConsumerCursor("tail", of: person) } == 6)
        }
    }
}

extension Store {
    fileprivate func discussion() async throws -> Discussion {
        let owner = try await person(named: "one")
        let discussion = Discussion(
            id: .init(rawValue: "d1"),
            owner: owner.id,
            topic: "Why?",
            place: .any,
            panel: Panel(models: [.local: "l"]) ?? Panel(seats: []),
            status: .waiting,
            activity: nil,
            roundLimit: 20,
            createdAt: Date(),
            updatedAt: Date()
        )
        try await write { writer in try writer.insert(discussion) }
        return discussion
    }
}
