package import Domain
package import Foundation
import GRDB

extension StoreWriter {
    /// Erases, with everything that belongs to them, the discussions deleted before `instant`.
    ///
    /// - Parameter limit: how many at most, so that one transaction stays short.
    /// - Returns: which they were.
    package func eraseDiscussions(deletedBefore instant: Date, limit: Int) throws -> [DiscussionID] {
        let ids = try String.fetchAll(
            db,
            sql: "SELECT id FROM discussions WHERE deleted_at < ? ORDER BY deleted_at LIMIT ?",
            arguments: [instant.milliseconds, limit]
        )
        for id in ids {
            let sets = "(SELECT id FROM question_sets WHERE discussion = ?)"
            for table in ["ticks", "answers", "options", "questions"] {
                try db.execute(
                    sql: "DELETE FROM \(table) WHERE question_set IN \(sets)",
                    arguments: [id]
                )
            }
            for table in [
                "question_sets", "user_inputs", "summaries", "resolutions", "messages", "rounds", "seats",
                "asked", "events", "commands",
            ] {
                try db.execute(sql: "DELETE FROM \(table) WHERE discussion = ?", arguments: [id])
            }
            try db.execute(sql: "DELETE FROM discussions WHERE id = ?", arguments: [id])
        }
        return ids.map { DiscussionID(rawValue: $0) }
    }
}
