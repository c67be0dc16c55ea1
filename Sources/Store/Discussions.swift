package import Domain
package import Foundation
import GRDB

/// Where a page of the list begins: everything before this one.
package struct ListKey: Sendable, Hashable {
    package let updatedAt: Date
    package let id: DiscussionID

    package init(updatedAt: Date, id: DiscussionID) {
        self.updatedAt = updatedAt
        self.id = id
    }
}

extension StoreReader {
    /// The discussion, if it is this person's.
    package func findDiscussion(_ id: DiscussionID, of person: PersonID) throws -> Discussion? {
        try Row.fetchOne(
            db,
            sql: "SELECT * FROM discussions WHERE id = ? AND owner = ? AND deleted_at IS NULL",
            arguments: [id.rawValue, person.rawValue]
        ).map(discussion)
    }

    /// Whether the discussion is this person's.
    package func hasDiscussion(_ id: DiscussionID, of person: PersonID) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: "SELECT 1 FROM discussions WHERE id = ? AND owner = ? AND deleted_at IS NULL",
            arguments: [id.rawValue, person.rawValue]
        ) == true
    }

    /// A page of the person's discussions, of one status or of all, the last touched first.
    package func listDiscussions(
        of person: PersonID,
        status: DiscussionStatus? = nil,
        before key: ListKey? = nil,
        limit: Int
    ) throws -> [Discussion] {
        var sql = "SELECT * FROM discussions WHERE owner = ? AND deleted_at IS NULL"
        var arguments: StatementArguments = [person.rawValue]
        if let status {
            sql += " AND status = ?"
            arguments += [status.rawValue]
        }
        if let key {
            sql += " AND (updated_at, id) < (?, ?)"
            arguments += [key.updatedAt.milliseconds, key.id.rawValue]
        }
        sql += " ORDER BY updated_at DESC, id DESC LIMIT ?"
        arguments += [limit]
        return try Row.fetchAll(db, sql: sql, arguments: arguments).map(discussion)
    }

    /// How many of the person's discussions wait for them, counted up to `limit`.
    package func countWaiting(of person: PersonID, limit: Int) throws -> Int {
        try Int.fetchOne(
            db,
            sql: """
                SELECT count(*) FROM (
                    SELECT 1 FROM discussions WHERE owner = ? AND status = 'waiting' AND deleted_at IS NULL LIMIT ?
                )
                """,
            arguments: [person.rawValue, limit]
        ) ?? 0
    }

    /// The person's discussions that can be restored, the last deleted first.
    package func listDeletedDiscussions(of person: PersonID, limit: Int) throws -> [Discussion] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM discussions WHERE owner = ? AND deleted_at IS NOT NULL
                ORDER BY deleted_at DESC LIMIT ?
                """,
            arguments: [person.rawValue, limit]
        ).map(discussion)
    }

    /// The discussion that was deleted and can be restored, if it is this person's.
    package func findDeletedDiscussion(_ id: DiscussionID, of person: PersonID) throws -> Discussion? {
        try Row.fetchOne(
            db,
            sql: "SELECT * FROM discussions WHERE id = ? AND owner = ? AND deleted_at IS NOT NULL",
            arguments: [id.rawValue, person.rawValue]
        ).map(discussion)
    }

    func discussion(_ row: Row) throws -> Discussion {
        let id = DiscussionID(rawValue: row["id"])
        return Discussion(
            id: id,
            owner: PersonID(rawValue: row["owner"]),
            topic: row["topic"],
            place: try row.value("place"),
            panel: Panel(seats: try listSeats(of: id)),
            status: try row.value("status"),
            activity: try row.valueIfPresent("activity"),
            roundLimit: row["round_limit"],
            version: row["version"],
            createdAt: Date(milliseconds: row["created_at"]),
            updatedAt: Date(milliseconds: row["updated_at"]),
            cost: row.cost
        )
    }

    private func listSeats(of id: DiscussionID) throws -> [Seat] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM seats WHERE discussion = ? ORDER BY seat",
            arguments: [id.rawValue]
        ).map { row in
            Seat(
                seat: row["seat"],
                persona: try row.value("persona"),
                provider: try row.value("provider"),
                model: row["model"]
            )
        }
    }
}

extension StoreWriter {
    package func insert(_ discussion: Discussion) throws {
        try db.execute(
            sql: """
                INSERT INTO discussions
                    (id, owner, topic, place, status, activity, round_limit, version, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                discussion.id.rawValue, discussion.owner.rawValue, discussion.topic,
                discussion.place.rawValue, discussion.status.rawValue, discussion.activity?.rawValue,
                discussion.roundLimit, discussion.version, discussion.createdAt.milliseconds,
                discussion.updatedAt.milliseconds,
            ]
        )
        for seat in discussion.panel.seats {
            try db.execute(
                sql: "INSERT INTO seats (discussion, seat, persona, provider, model) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    discussion.id.rawValue, seat.seat, seat.persona.rawValue, seat.provider.rawValue,
                    seat.model,
                ]
            )
        }
    }

    /// Where the discussion stands from now on.
    package func update(_ id: DiscussionID, status: DiscussionStatus, activity: Activity?) throws {
        try db.execute(
            sql: "UPDATE discussions SET status = ?, activity = ?, updated_at = ? WHERE id = ?",
            arguments: [status.rawValue, activity?.rawValue, now.milliseconds, id.rawValue]
        )
    }

    /// It ends at the latest after this round.
    package func update(_ id: DiscussionID, roundLimit: Int) throws {
        try db.execute(
            sql: "UPDATE discussions SET round_limit = ? WHERE id = ?",
            arguments: [roundLimit, id.rawValue]
        )
    }

    /// Hides the discussion; it can be restored until it is erased.
    package func delete(_ id: DiscussionID) throws {
        try db.execute(
            sql: "UPDATE discussions SET deleted_at = ? WHERE id = ?",
            arguments: [now.milliseconds, id.rawValue]
        )
    }

    /// Shows a deleted discussion again.
    package func restore(_ id: DiscussionID) throws {
        try db.execute(
            sql: "UPDATE discussions SET deleted_at = NULL, updated_at = ? WHERE id = ?",
            arguments: [now.milliseconds, id.rawValue]
        )
    }
}
