package import Foundation
import GRDB

extension StoreWriter {
    /// Removes the chunks of messages that were complete before `instant`: whoever missed them gets the whole
    /// text with message-complete.
    ///
    /// Each entry of the log is looked at once; the mark of how far is kept with the change.
    ///
    /// - Parameter limit: how many entries are looked at, so that one transaction stays short.
    /// - Returns: how many were looked at; 0 when there is nothing more to compact.
    package func compactChunks(completeBefore instant: Date, limit: Int) throws -> Int {
        let from = try reader.mark(.compacted)
        let entries = try Row.fetchAll(
            db,
            sql: "SELECT id, discussion, type, at FROM events WHERE id > ? ORDER BY id LIMIT ?",
            arguments: [from, limit]
        ).prefix { ($0["at"] as Int64) < instant.milliseconds }
        guard let last: Int = entries.last?["id"] else { return 0 }
        for entry in entries where entry["type"] == "message-complete" {
            try removeChunks(of: entry["discussion"], before: entry["id"])
        }
        try set(.compacted, to: last)
        isLogCut = true
        return entries.count
    }

    /// Removes the chunks between the start of a message and its end.
    ///
    /// One message at a time is spoken in a discussion, so that all of them are this message's.
    private func removeChunks(of discussion: String, before end: Int) throws {
        let start = try Int.fetchOne(
            db,
            sql: """
                SELECT id FROM events WHERE discussion = ? AND id < ? AND type = 'message-start'
                ORDER BY id DESC LIMIT 1
                """,
            arguments: [discussion, end]
        )
        try db.execute(
            sql: """
                DELETE FROM events WHERE discussion = ? AND id > ? AND id < ? AND type = 'message-chunk'
                """,
            arguments: [discussion, start ?? 0, end]
        )
    }
}
