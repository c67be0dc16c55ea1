package import Domain
package import Foundation
import GRDB

/// A session with the account that it belongs to.
package struct FoundSession: Sendable {
    package let session: Session
    package let account: Account
}

extension StoreReader {
    /// The session of this hash, however old.
    package func findSession(hash: String) throws -> FoundSession? {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT * FROM sessions WHERE hash = ?",
            arguments: [hash]
        )
        guard let row, let account = try findAccount(PersonID(rawValue: row["person"])) else { return nil }
        return FoundSession(session: Session(row), account: account)
    }

    /// The person's sessions that were seen or begun since then, the last seen first.
    package func listSessions(of person: PersonID, seenSince seen: Date, begunSince begun: Date) throws
        -> [Session]
    {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM sessions WHERE person = ? AND seen_at > ? AND created_at > ?
                ORDER BY seen_at DESC, id
                """,
            arguments: [person.rawValue, seen.milliseconds, begun.milliseconds]
        ).map(Session.init)
    }
}

extension StoreWriter {
    /// So many a person may have; the one not seen for longest makes room.
    private static let mostSessions = 100

    package func insert(_ session: Session, hash: String, of person: PersonID) throws {
        try db.execute(
            sql: """
                INSERT INTO sessions (id, hash, person, created_at, seen_at, address, agent)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                session.id.rawValue, hash, person.rawValue, session.createdAt.milliseconds,
                session.seenAt.milliseconds, session.address, session.agent,
            ]
        )
        try db.execute(
            sql: """
                DELETE FROM sessions WHERE person = ?1 AND id NOT IN
                    (SELECT id FROM sessions WHERE person = ?1 ORDER BY seen_at DESC, id LIMIT ?2)
                """,
            arguments: [person.rawValue, Self.mostSessions]
        )
    }

    package func update(session id: SessionID, seenAt: Date) throws {
        try db.execute(
            sql: "UPDATE sessions SET seen_at = max(seen_at, ?) WHERE id = ?",
            arguments: [seenAt.milliseconds, id.rawValue]
        )
    }

    /// Ends a session of the person's.
    ///
    /// - Returns: whether there was one.
    package func deleteSession(_ id: SessionID, of person: PersonID) throws -> Bool {
        try db.execute(
            sql: "DELETE FROM sessions WHERE id = ? AND person = ?",
            arguments: [id.rawValue, person.rawValue]
        )
        return db.changesCount > 0
    }

    /// Removes what nobody can come in by any more.
    package func deleteSessions(begunBefore time: Date) throws {
        try db.execute(sql: "DELETE FROM sessions WHERE created_at < ?", arguments: [time.milliseconds])
    }
}

extension Session {
    fileprivate init(_ row: Row) {
        self.init(
            id: SessionID(rawValue: row["id"]),
            createdAt: Date(milliseconds: row["created_at"]),
            seenAt: Date(milliseconds: row["seen_at"]),
            address: row["address"],
            agent: row["agent"]
        )
    }
}
