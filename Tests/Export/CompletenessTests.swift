import Domain
import Doubles
import Export
import Foundation
import GRDB
import Store
import Testing

@Suite("A discussion's export", .timeLimit(.minutes(5)))
struct CompletenessTests {
    /// The tables whose rows belong to a discussion, and how those rows are found.
    private static let tables = [
        "discussions": "id = 'full'", "seats": "discussion = 'full'", "rounds": "discussion = 'full'",
        "messages": "discussion = 'full'", "summaries": "discussion = 'full'",
        "question_sets": "discussion = 'full'", "questions": "question_set LIKE 'full-%'",
        "options": "question_set LIKE 'full-%'", "answers": "question_set LIKE 'full-%'",
        "ticks": "question_set LIKE 'full-%'", "user_inputs": "discussion = 'full'",
        "resolutions": "discussion = 'full'", "asked": "discussion = 'full'",
        "files": "discussion = 'full'", "file_views": "file LIKE 'full-%'",
    ]

    /// What is left out on purpose, and why.
    private static let omittedColumns = [
        "discussions.version": "counts changes for caches; of no meaning elsewhere",
        "discussions.life": "tells caches this copy from every other",
        "discussions.lease_holder": "a process of the old site",
        "discussions.lease_until": "the same",
        "user_inputs.id": "a place in the list, which keeps its order",
        "resolutions.id": "the same", "files.number": "the same",
    ]
    private static let omittedTables = [
        "users": "the owner's id and name stand in the export; accounts do not belong to a discussion",
        "events": "the log's numbers are the database's; what they tell stands in the other tables",
        "commands": "acknowledgements are for those who sent the command to this site, for a week",
        "usage": "sums of a person's day over all discussions; the discussion's own are in asked",
        "consumers": "a person's, not a discussion's",
        "sessions": "a person's way in, not what they have", "api_tokens": "the same",
        "failed_sign_ins": "tries at a name", "secrets": "the site's own",
        "log_marks": "the log's", "log_gaps": "the log's",
        "search_texts": "the search's index over the other tables",
        "grdb_migrations": "the database's version",
        "sqlite_sequence": "the log's numbers",
    ]

    @Test("leaves out no column of the database but those that are named, with the reason")
    func schema() async throws {
        try await withDatabasePath { path in
            try Store(path: path).close()
            let columns = try await DatabaseQueue(path: path).read { db in
                // Virtual tables and their shadows are indexes over these.
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT tables.name AS "table", columns.name AS "column"
                        FROM pragma_table_list AS tables, pragma_table_info(tables.name) AS columns
                        WHERE tables.schema = 'main' AND tables.type = 'table'
                        """
                ).map { (table: $0["table"] as String, column: $0["column"] as String) }
            }
            let tables = Set(columns.map(\.table)).subtracting(["sqlite_schema", "sqlite_stat1"])
            let known = Set(Self.tables.keys).union(Self.omittedTables.keys)
            #expect(tables.subtracting(known).isEmpty, "neither exported nor left out on purpose")
            let all = Set(columns.map { "\($0.table).\($0.column)" })
            #expect(Set(Self.omittedColumns.keys).isSubset(of: all))
        }
    }

    @Test("gives the very rows back when it is restored into another database, column by column")
    func roundTrip() async throws {
        try await withDatabasePath { first in
            try await withDatabasePath { second in
                let store = try Store(path: first)
                let owner = Person(id: PersonID(rawValue: "p"), name: "local")
                let record = FullDiscussion.deletedRecord(of: owner)
                try await store.write { writer in
                    try writer.insert(owner)
                    try writer.insert(record)
                }
                let kept = try #require(
                    try await store.read { try $0.findRecord(record.discussion.id, of: nil) }
                )
                #expect(kept == record)
                let data = try DiscussionExport.data(kept)
                try store.close()

                let other = try Store(path: second)
                let read = try DiscussionExport.read(data)
                try await other.write { writer in
                    try writer.insert(owner)
                    try writer.insert(read)
                }
                let again = try #require(
                    try await other.read { try $0.findRecord(record.discussion.id, of: nil) }
                )
                #expect(try DiscussionExport.data(again) == data)
                try other.close()

                let (before, after) = (try await rows(first), try await rows(second))
                for (table, found) in before {
                    #expect(!found.isEmpty, "the sample has nothing in \(table)")
                    #expect(after[table] == found, "\(table)")
                }
                expectNoDefaults(before)
            }
        }
    }

    /// A column that is empty everywhere in the sample would be equal without having been exported.
    private func expectNoDefaults(_ tables: [String: [[String: String]]]) {
        for (table, rows) in tables {
            for column in rows.flatMap(\.keys) {
                #expect(rows.contains { !["NULL", "0", "\"\""].contains($0[column]) }, "\(table).\(column)")
            }
        }
    }

    /// The rows of the sample, without the columns that are left out.
    private func rows(_ path: String) async throws -> [String: [[String: String]]] {
        try await DatabaseQueue(path: path).read { db in
            try Dictionary(
                uniqueKeysWithValues: Self.tables.map { table, condition in
                    let rows = try Row.fetchAll(db, sql: "SELECT * FROM \(table) WHERE \(condition)")
                    return (
                        table,
                        try rows.map { row in
                            try Dictionary(
                                uniqueKeysWithValues: row.compactMap { column, value in
                                    Self.omittedColumns["\(table).\(column)"] == nil
                                        ? (column, try Self.plain(value)) : nil
                                }
                            )
                        }
                    )
                }
            )
        }
    }

    /// A value for comparing; JSON with its keys in order.
    private static func plain(_ value: DatabaseValue) throws -> String {
        if let text = String.fromDatabaseValue(value), text.hasPrefix("{") {
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
            let data = try JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
            return String(decoding: data, as: UTF8.self)
        }
        return value.description
    }
}

extension FullDiscussion {
    /// The same, deleted and not yet erased.
    fileprivate static func deletedRecord(of owner: Person) -> DiscussionRecord {
        var record = record(of: owner)
        record.files = [file()]
        record.deletedAt = Date(timeIntervalSince1970: 1_796_100_000)
        return record
    }
}
