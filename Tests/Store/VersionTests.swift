import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

/// What stands in every key of a cached discussion.
@Suite("The version of a discussion")
struct VersionTests {
    private static let id = DiscussionID(rawValue: "full")

    private static let file = KeptFile(
        id: "f",
        name: "sky.txt",
        type: "text/plain",
        size: 9,
        sha256: "00",
        state: "clean",
        characters: 9,
        kept: 9,
        reading: "whole",
        text: "It is blue",
        createdAt: Date(timeIntervalSince1970: 0),
        views: [.init(provider: .groq, model: "g", characters: 4, asPicture: false)]
    )

    /// A discussion in which everything is kept, and its version before and after a change.
    private static func changes(
        _ change: @escaping @Sendable (StoreWriter) throws -> Void
    ) async throws -> (before: String?, after: String?) {
        try await withStore { store in
            let person = try await store.write { writer in
                let person = try writer.findOrInsertLocalPerson()
                var record = FullDiscussion.record(of: person)
                record.files = [file]
                try writer.insert(record)
                return person
            }
            func version() async throws -> String? {
                try await store.findStanding(id, of: person.id)?.version
            }
            let before = try await version()
            try await store.write(change)
            return (before, try await version())
        }
    }

    @Test(
        "changes with every row that belongs to it, whoever writes it",
        arguments: [
            "seats", "rounds", "messages", "summaries", "question_sets", "user_inputs", "resolutions",
            "files",
            "asked", "questions", "options", "answers", "ticks", "file_views",
        ]
    )
    func rows(table: String) async throws {
        for isUpdate in [true, false] {
            let (before, after) = try await Self.changes { writer in
                let db = writer.db
                guard isUpdate else {
                    try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
                    try db.execute(sql: "CREATE TEMP TABLE kept AS SELECT * FROM \(table)")
                    try db.execute(sql: "DELETE FROM \(table)")
                    try db.execute(sql: "INSERT INTO \(table) SELECT * FROM kept")
                    return try db.execute(sql: "DROP TABLE kept")
                }
                // Every column to itself: a change, as far as a trigger sees.
                let same = try db.columns(in: table).map { "\($0.name) = \($0.name)" }
                try db.execute(sql: "UPDATE \(table) SET \(same.joined(separator: ", "))")
                #expect(db.changesCount > 0)
            }
            #expect(before != nil && before != after, "\(isUpdate)")
        }
    }

    @Test(
        "changes with each column that a page or an export shows",
        arguments: [
            "topic", "place", "status", "activity", "round_limit", "updated_at", "cost", "prompt_tokens",
            "completion_tokens", "unpriced", "failure",
        ]
    )
    func columns(column: String) async throws {
        let (before, after) = try await Self.changes { writer in
            try writer.db.execute(sql: "UPDATE discussions SET \(column) = \(column)")
        }
        #expect(before != nil && before != after)
    }

    @Test("stays while an engine holds it, renews its lease, and gives it back")
    func leases() async throws {
        let (before, after) = try await Self.changes { writer in
            _ = try writer.takeLease(on: Self.id, for: "1:1:1", isAlive: { _ in true })
            try writer.renewLeases(of: "1:1:1")
            try writer.releaseLease(on: Self.id, of: "1:1:1")
        }
        #expect(before != nil && before == after)
    }

    @Test("is another when a provider was given a file, of which no event tells")
    func views() async throws {
        let (before, after) = try await Self.changes { writer in
            let file = try #require(try writer.reader.listFileIDs(of: Self.id).first)
            try writer.insert(
                FileView(file: file, provider: .local, model: "new", characters: 9, asPicture: false)
            )
        }
        #expect(before != nil && before != after)
    }

    @Test("never comes back: not when it is erased and put back, nor when a snapshot is restored")
    func lives() async throws {
        try await withStore { store in
            let person = try await store.write { writer in try writer.findOrInsertLocalPerson() }
            let record = FullDiscussion.record(of: person)
            var seen: Set<String> = []
            for _ in 0..<3 {
                try await store.write { writer in try writer.insert(record) }
                seen.insert(try #require(try await store.findStanding(Self.id, of: person.id)).version)
                try await store.write { writer in try writer.continueLog(after: 0, above: 1_000) }
                seen.insert(try #require(try await store.findStanding(Self.id, of: person.id)).version)
                try await store.write { writer in
                    try writer.delete(Self.id)
                    #expect(
                        try writer.eraseDiscussions(deletedBefore: .distantFuture, limit: 9).discussions.count
                            == 1
                    )
                }
                #expect(try await store.findStanding(Self.id, of: person.id) == nil)
            }
            #expect(seen.count == 6)
        }
    }

    @Test("is read by one statement, which sees what was just committed")
    func oneStatement() async throws {
        try await withDatabasePath { path in
            let statements = Statements()
            let store = try Store(path: path, trace: { statements.add($0) })
            let discussion = try await store.insertSample()
            for _ in 0..<3 {
                let event = try await store.write { writer in
                    try writer.append(
                        .userInput(.init(round: 0, input: "x", status: .waiting)),
                        of: discussion.id
                    )
                }
                statements.clear()
                let standing = try await store.findStanding(discussion.id, of: discussion.owner)
                #expect(standing?.cursor == event)
                #expect(statements.list.count == 1, "\(statements.list)")
            }
            #expect(try await store.findStanding(discussion.id, of: PersonID(rawValue: "other")) == nil)
            try store.close()
        }
    }
}
