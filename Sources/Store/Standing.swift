package import Domain
import GRDB

/// What access control and the cache need to know of a discussion, in one small read.
package struct DiscussionStanding: Sendable, Hashable {
    /// Names everything that a page shows of the discussion: it changes with each change, and never comes back.
    package let version: String
    /// The newest event that this read saw.
    package let cursor: Int
}

extension StoreReader {
    /// How the discussion stands, if it is this person's.
    package func findStanding(_ id: DiscussionID, of person: PersonID) throws -> DiscussionStanding? {
        // Prepared once for each connection.
        let statement = try db.cachedStatement(
            sql: """
                SELECT COALESCE(life, '') || '.' || version AS version,
                    (SELECT seq FROM sqlite_sequence WHERE name = 'events') AS cursor
                FROM discussions WHERE id = ? AND owner = ? AND deleted_at IS NULL
                """
        )
        return try Row.fetchOne(statement, arguments: [id.rawValue, person.rawValue]).map { row in
            DiscussionStanding(version: row["version"], cursor: row["cursor"] ?? 0)
        }
    }
}

extension Store {
    /// The same as a read of its own: a single statement, which needs no transaction about it.
    ///
    /// On a connection of its own: the pool's ask for the schema's version each time, and it stands before every
    /// page.
    package func findStanding(_ id: DiscussionID, of person: PersonID) async throws -> DiscussionStanding? {
        try await standings.unsafeRead { db in try StoreReader(db: db).findStanding(id, of: person) }
    }
}
