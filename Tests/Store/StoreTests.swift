import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("The store", .timeLimit(.minutes(5)))
struct StoreTests {
    @Test("is made from nothing, with every table strict")
    func migration() async throws {
        try await withStore { store in
            let tables = try await store.read { reader in
                try Row.fetchAll(
                    reader.db,
                    sql: "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
                )
                .map { ($0["name"] as String, $0["strict"] as Bool) }
            }
            // The index's own tables are its module's, and the view has no columns of its own.
            let others: Set = [
                "grdb_migrations", "search", "search_config", "search_content", "search_data",
                "search_docsize",
                "search_idx",
            ]
            let ours = tables.filter { !$0.0.hasPrefix("sqlite_") && !others.contains($0.0) }
            let names: Set = [
                "users", "discussions", "seats", "rounds", "messages", "summaries", "question_sets",
                "questions", "options", "answers", "ticks", "user_inputs", "resolutions", "events",
                "commands", "usage", "log_marks", "consumers", "asked", "log_gaps", "search_texts",
                "files", "file_views", "sessions", "api_tokens", "failed_sign_ins", "secrets",
            ]
            #expect(Set(ours.map(\.0)) == names)
            #expect(ours.allSatisfy { $0.1 })
        }
    }

    @Test("writes through a log, synced with every commit, and checks foreign keys")
    func pragmas() async throws {
        try await withStore { store in
            let pragmas = try await store.write { writer in
                try ["journal_mode", "synchronous", "foreign_keys"].map { name in
                    try String.fetchOne(writer.db, sql: "PRAGMA \(name)")
                }
            }
            // 2 is FULL: without it an acknowledged command can be lost with the power.
            #expect(pragmas == ["wal", "2", "1"])
        }
    }

    @Test("refuses a value of another type than its column's")
    func strict() async throws {
        try await withStore { store in
            await #expect(throws: DatabaseError.self) {
                try await store.write { writer in
                    try writer.db.execute(
                        sql: "INSERT INTO users (id, name, created_at) VALUES ('p', 'p', 'yesterday')"
                    )
                }
            }
        }
    }

    @Test("refuses what belongs to nothing")
    func foreignKeys() async throws {
        try await withStore { store in
            await #expect(throws: DatabaseError.self) {
                try await store.write { writer in
                    _ = try writer.append(note(1), of: .init(rawValue: "nobody's"))
                }
            }
            await #expect(throws: DatabaseError.self) {
                try await store.write { writer in try writer.insert(sample(of: .init(rawValue: "nobody"))) }
            }
        }
    }

    @Test("opens a database that is there already, and keeps all that is in it")
    func reopening() async throws {
        try await withDatabasePath { path in
            let first = try Store(path: path)
            let discussion = try await first.insertSample()
            try await first.write { writer in
                try writer.insertRound(1, of: discussion.id)
                try writer.insert(Samples.message, round: 1, of: discussion.id)
                try writer.append(note(1), of: discussion.id)
            }
            let before = try await first.read { reader in
                try reader.findTranscript(discussion.id, of: discussion.owner)
            }
            try first.close()

            let second = try Store(path: path)
            let after = try await second.read { reader in
                try reader.findTranscript(discussion.id, of: discussion.owner)
            }
            #expect(after?.discussion == before?.discussion)
            #expect(after?.rounds == before?.rounds)
            #expect(after?.cursor == 1)
            #expect(try await second.events(of: discussion.id).map(\.number) == [1])
            let person = try await second.write { writer in try writer.findOrInsertLocalPerson() }
            #expect(person.id == discussion.owner)
            try second.close()
        }
    }

    @Test("refuses a file that is no database")
    func notADatabase() async throws {
        try await withDatabasePath { path in
            try Data(String(repeating: "no database", count: 1_000).utf8).write(to: URL(filePath: path))
            #expect(throws: DatabaseError.self) { try Store(path: path) }
        }
    }
}

@Suite("A write", .timeLimit(.minutes(5)))
struct WriteTests {
    struct Refused: Error {}

    @Test("that throws leaves nothing behind and rings no bell")
    func rollback() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            let waiter = store.bell.arm(discussion.id)
            await #expect(throws: Refused.self) {
                try await store.write { writer in
                    try writer.insertRound(1, of: discussion.id)
                    try writer.append(note(1), of: discussion.id)
                    try writer.update(discussion.id, status: .waiting, activity: nil)
                    throw Refused()
                }
            }
            #expect(store.bell.count == 1)
            let after = try await store.read { reader in
                try reader.findTranscript(discussion.id, of: discussion.owner)
            }
            #expect(after?.discussion == discussion)
            #expect(after?.rounds.isEmpty == true)
            #expect(after?.cursor == 0)
            waiter.disarm()
        }
    }

    @Test("rings for the discussions whose events it appended, and for no other")
    func bells() async throws {
        try await withStore { store in
            let touched = try await store.insertSample("touched")
            let other = try await store.insertSample("other")
            let first = store.bell.arm(touched.id)
            let second = store.bell.arm(other.id)
            try await store.write { writer in _ = try writer.append(note(1), of: touched.id) }
            #expect(await first.wait(atMost: .seconds(30)))
            #expect(store.bell.count == 1)
            second.disarm()
            #expect(store.bell.count == 0)
        }
    }

    @Test("carries the instant of the injected clock, to the millisecond")
    func clock() async throws {
        let clock = Instants(Date(timeIntervalSince1970: 1_796_000_000.123_4))
        try await withStore(now: { clock.now }) { store in
            let discussion = try await store.insertSample()
            clock.advance(by: 60)
            try await store.write { writer in
                try writer.append(note(1), of: discussion.id)
                try writer.update(discussion.id, status: .waiting, activity: nil)
            }
            let expected = Date(timeIntervalSince1970: 1_796_000_060.123)
            #expect(try await store.events(of: discussion.id).map(\.at) == [expected])
            let after = try await store.read { reader in
                try reader.findDiscussion(discussion.id, of: discussion.owner)
            }
            #expect(after?.updatedAt == expected)
            #expect(after?.createdAt == discussion.createdAt)
            #expect(after?.status == .waiting)
            #expect(after?.activity == nil)
        }
    }

    @Test("raises the discussion's version with each event")
    func version() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.write { writer in _ = try writer.append(note(1), of: discussion.id) }
            let after = try await store.read { reader in
                try reader.findDiscussion(discussion.id, of: discussion.owner)
            }
            #expect(try #require(after).version > discussion.version)
        }
    }
}
