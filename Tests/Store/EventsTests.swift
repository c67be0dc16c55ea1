import Domain
import Doubles
import GRDB
import Testing

@testable import Store

@Suite("The log", .timeLimit(.minutes(5)))
struct EventsTests {
    @Test("gives back what was appended, in order, after a cursor and up to a limit")
    func list() async throws {
        try await withStore { store in
            let one = try await store.insertSample("one")
            let two = try await store.insertSample("two")
            try await store.write { writer in
                for number in 1...10 {
                    try writer.append(note(number), of: number.isMultiple(of: 2) ? two.id : one.id)
                }
            }
            let odd = try await store.events(of: one.id)
            #expect(odd.map(\.number) == [1, 3, 5, 7, 9])
            #expect(odd.map(\.id) == [1, 3, 5, 7, 9])
            #expect(odd.allSatisfy { $0.discussion == one.id })
            try await store.read { reader throws in
                #expect(try reader.listEvents(of: one.id, after: 5, limit: 10).map(\.id) == [7, 9])
                #expect(try reader.listEvents(of: one.id, after: 2, limit: 2).map(\.id) == [3, 5])
                #expect(try reader.listEvents(of: one.id, after: 9, limit: 10).isEmpty)
                #expect(try reader.newestEvent() == 10)
            }
        }
    }

    @Test("tells the number of an event when it is appended")
    func numbers() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            let ids = try await store.write { writer in
                try (1...3).map { try writer.append(note($0), of: discussion.id) }
            }
            #expect(ids == [1, 2, 3])
            #expect(try await store.read { reader in try reader.newestEvent() } == 3)
        }
    }

    @Test("is at 0 before its first event")
    func empty() async throws {
        try await withStore { store in
            let newest = try await store.read { reader in try reader.newestEvent() }
            #expect(newest == 0)
        }
    }

    @Test("never gives a number out again, also when its newest events were removed")
    func removed() async throws {
        try await withDatabasePath { path in
            var store = try Store(path: path)
            let discussion = try await store.insertSample()
            try await store.write { writer in
                for number in 1...5 { try writer.append(note(number), of: discussion.id) }
                try writer.db.execute(sql: "DELETE FROM events WHERE id > 2")
            }
            #expect(try await store.read { reader in try reader.newestEvent() } == 5)
            try await store.write { writer in try writer.db.execute(sql: "DELETE FROM events") }
            try store.close()
            store = try Store(path: path)
            #expect(try await store.read { reader in try reader.newestEvent() } == 5)
            #expect(try await store.write { writer in try writer.append(note(6), of: discussion.id) } == 6)
            try store.close()
        }
    }

    @Test("knows the failure that a discussion's last step ended with, until something else is done")
    func failure() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            func standing() async throws -> EventBody.Failure? {
                try await store.read { reader in try reader.findStandingFailure(of: discussion.id) }
            }
            #expect(try await standing() == nil)
            try await store.write { writer in
                for message in ["First.", "Last."] {
                    try writer.append(
                        .error(.init(code: .noProvider, message: message, status: .waiting)),
                        of: discussion.id
                    )
                }
            }
            #expect(try await standing()?.message == "Last.")
            #expect(try await standing()?.code == .noProvider)
            _ = try await store.write { writer in try writer.append(note(1), of: discussion.id) }
            #expect(try await standing() == nil)
        }
    }
}
