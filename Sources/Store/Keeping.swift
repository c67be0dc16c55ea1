package import Domain
package import Foundation
import GRDB

/// A discussion as whoever keeps backups sees it.
package struct KeptDiscussion: Sendable, Hashable {
    package let id: DiscussionID
    package let owner: PersonID
    /// Raised with every change.
    package let version: Int
}

extension StoreReader {
    /// All discussions, also deleted ones, which can be restored for a while.
    package func listKeptDiscussions() throws -> [KeptDiscussion] {
        try Row.fetchAll(db, sql: "SELECT id, owner, version FROM discussions ORDER BY id").map {
            KeptDiscussion(
                id: DiscussionID(rawValue: $0["id"]),
                owner: PersonID(rawValue: $0["owner"]),
                version: $0["version"]
            )
        }
    }

    /// Whether there is a discussion of this id, whoever's and deleted or not.
    package func isKept(_ id: DiscussionID) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT 1 FROM discussions WHERE id = ?", arguments: [id.rawValue]) == true
    }

    /// Whether an engine is at work on it.
    package func isLeased(_ id: DiscussionID, at now: Date) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: "SELECT 1 FROM discussions WHERE id = ? AND lease_until >= ? AND status = 'running'",
            arguments: [id.rawValue, now.milliseconds]
        ) == true
    }

    /// Whether all ids within the record can be used: none belongs to another discussion.
    package func areFree(_ record: DiscussionRecord) throws -> Bool {
        func isTaken(_ table: String, _ ids: [String]) throws -> Bool {
            try ids.contains { id in
                try Bool.fetchOne(
                    db,
                    sql: "SELECT 1 FROM \(table) WHERE id = ? AND discussion <> ?",
                    arguments: [id, record.discussion.id.rawValue]
                ) == true
            }
        }
        return try areFree(record.files, for: record.discussion.id)
            && !isTaken("messages", record.rounds.flatMap(\.messages).map(\.message.id.rawValue))
            && !isTaken("summaries", record.summaries.map(\.summary.id.rawValue))
            && !isTaken("question_sets", record.questionSets.map(\.set.id.rawValue))
    }

    package func findPerson(_ id: PersonID) throws -> Person? {
        try Row.fetchOne(db, sql: "SELECT id, name FROM users WHERE id = ?", arguments: [id.rawValue])
            .map { Person(id: PersonID(rawValue: $0["id"]), name: $0["name"]) }
    }
}

extension StoreWriter {
    /// Puts a discussion in another's place: what was there goes, its log and its acknowledgements stay.
    package func replace(with record: DiscussionRecord) throws {
        let id = record.discussion.id.rawValue
        let version =
            try Int.fetchOne(db, sql: "SELECT version FROM discussions WHERE id = ?", arguments: [id]) ?? 0
        // Until the commit, log and acknowledgements belong to a discussion that is not there.
        try db.execute(sql: "PRAGMA defer_foreign_keys = ON")
        try erase(record.discussion.id, withLog: false)
        try insert(record)
        // What a cache holds of the old one must not be found again.
        try db.execute(
            sql: "UPDATE discussions SET version = ? WHERE id = ?",
            arguments: [version + 1, id]
        )
    }
}
