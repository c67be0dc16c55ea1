package import Foundation
import GRDB

/// The command ledger forgets after this long: whoever retries does so within minutes, and a week also covers
/// a laptop that was shut over the holidays with a form sent but not answered.
package let ledgerTime: TimeInterval = 7 * 24 * 3600

extension StoreReader {
    /// The newest event that retention has removed; 0 while it has removed none.
    ///
    /// A cursor before it has missed something; one that stands at it has not.
    package func newestRemovedEvent() throws -> Int { try mark(.removed) }

    func mark(_ mark: LogMark) throws -> Int {
        try Int.fetchOne(
            db,
            sql: "SELECT event FROM log_marks WHERE name = ?",
            arguments: [mark.rawValue]
        ) ?? 0
    }
}

/// Up to which event something has been done to the log.
enum LogMark: String {
    case removed
    case compacted
}

extension StoreWriter {
    /// Removes the oldest events as far as they were written before `instant`.
    ///
    /// Whole prefixes only, with the mark in the same transaction, so that a cursor either has missed nothing
    /// or is told so.
    ///
    /// - Parameter limit: how many are looked at, so that one transaction stays short.
    /// - Returns: how many were removed; fewer than `limit` when there is nothing more to remove.
    package func removeEvents(before instant: Date, limit: Int) throws -> Int {
        let oldest = try Row.fetchAll(
            db,
            sql: "SELECT id, at FROM events ORDER BY id LIMIT ?",
            arguments: [limit]
        )
        let old = oldest.prefix { ($0["at"] as Int64) < instant.milliseconds }
        guard let last: Int = old.last?["id"] else { return 0 }
        try db.execute(sql: "DELETE FROM events WHERE id <= ?", arguments: [last])
        try set(.removed, to: last)
        isLogCut = true
        return old.count
    }

    /// Removes the oldest acknowledgements as far as they were given before `instant`.
    ///
    /// - Returns: how many were removed; `limit` when there may be more.
    package func removeCommands(before instant: Date, limit: Int) throws -> Int {
        try db.execute(
            sql: """
                DELETE FROM commands WHERE (person, id) IN
                    (SELECT person, id FROM commands WHERE at < ? ORDER BY at LIMIT ?)
                """,
            arguments: [instant.milliseconds, limit]
        )
        return db.changesCount
    }

    func set(_ mark: LogMark, to event: Int) throws {
        try db.execute(
            sql: """
                INSERT INTO log_marks (name, event) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET event = max(event, excluded.event)
                """,
            arguments: [mark.rawValue, event]
        )
    }
}
