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
        ).map { DiscussionID(rawValue: $0) }
        for id in ids { try erase(id) }
        return ids
    }

    /// Erases one discussion.
    ///
    /// - Parameter withLog: else its events and acknowledgements stay, for one that takes its place.
    func erase(_ id: DiscussionID, withLog: Bool = true) throws {
        try eraseFiles(of: id)
        let sets = "(SELECT id FROM question_sets WHERE discussion = ?)"
        for table in ["ticks", "answers", "options", "questions"] {
            try db.execute(
                sql: "DELETE FROM \(table) WHERE question_set IN \(sets)",
                arguments: [id.rawValue]
            )
        }
        for table in [
            "question_sets", "user_inputs", "summaries", "resolutions", "messages", "rounds", "seats",
            "asked",
        ] + (withLog ? ["events", "commands"] : []) {
            try db.execute(sql: "DELETE FROM \(table) WHERE discussion = ?", arguments: [id.rawValue])
        }
        try db.execute(sql: "DELETE FROM discussions WHERE id = ?", arguments: [id.rawValue])
    }
}
