package import Domain
import Foundation
import GRDB

extension StoreReader {
    /// How the discussion ended; nil while it has not, or was opened again.
    package func findResolution(of discussion: DiscussionID) throws -> Resolution? {
        let data = try String.fetchOne(
            db,
            sql: """
                SELECT data FROM resolutions WHERE discussion = ? AND reopened_at IS NULL
                ORDER BY id DESC LIMIT 1
                """,
            arguments: [discussion.rawValue]
        )
        return try data.map { try JSONDecoder().decode(Resolution.self, from: Data($0.utf8)) }
    }
}

extension StoreWriter {
    package func insert(_ resolution: Resolution, of discussion: DiscussionID) throws {
        let data = String(decoding: try JSONEncoder().encode(resolution), as: UTF8.self)
        try db.execute(
            sql: "INSERT INTO resolutions (discussion, data, created_at) VALUES (?, ?, ?)",
            arguments: [discussion.rawValue, data, now.milliseconds]
        )
    }

    /// The discussion goes on: what it had come to stays in storage, and no longer holds.
    package func reopen(_ discussion: DiscussionID) throws {
        try db.execute(
            sql: "UPDATE resolutions SET reopened_at = ? WHERE discussion = ? AND reopened_at IS NULL",
            arguments: [now.milliseconds, discussion.rawValue]
        )
    }
}
