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
            db, sql: "SELECT * FROM discussions WHERE id = ? AND owner = ?",
            arguments: [id.rawValue, person.rawValue]
        ).map(discussion)
    }

    /// A page of the person's discussions, the last touched first.
    package func listDiscussions(
        of person: PersonID, before key: ListKey? = nil, limit: Int
    ) throws -> [Discussion] {
        var sql = "SELECT * FROM discussions WHERE owner = ?"
        var arguments: StatementArguments = [person.rawValue]
        if let key {
            sql += " AND (updated_at, id) < (?, ?)"
            arguments += [key.updatedAt.milliseconds, key.id.rawValue]
        }
        sql += " ORDER BY updated_at DESC, id DESC LIMIT ?"
        arguments += [limit]
        return try Row.fetchAll(db, sql: sql, arguments: arguments).map(discussion)
    }

    /// Discussions that an engine should be working on, with their owners, longest waiting first.
    package func listRunning() throws -> [(id: DiscussionID, owner: PersonID)] {
        try Row.fetchAll(
            db, sql: "SELECT id, owner FROM discussions WHERE status = 'running' ORDER BY updated_at"
        ).map { (DiscussionID(rawValue: $0["id"]), PersonID(rawValue: $0["owner"])) }
    }

    private func discussion(_ row: Row) throws -> Discussion {
        let id = DiscussionID(rawValue: row["id"])
        return Discussion(
            id: id,
            owner: PersonID(rawValue: row["owner"]),
            topic: row["topic"],
            place: try row.value("place"),
            panel: Panel(seats: try listSeats(of: id)),
            status: try row.value("status"),
            activity: try row.valueIfPresent("activity"),
            version: row["version"],
            createdAt: Date(milliseconds: row["created_at"]),
            updatedAt: Date(milliseconds: row["updated_at"])
        )
    }

    private func listSeats(of id: DiscussionID) throws -> [Seat] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM seats WHERE discussion = ? ORDER BY seat", arguments: [id.rawValue]
        ).map { row in
            Seat(
                seat: row["seat"], persona: try row.value("persona"),
                provider: try row.value("provider"), model: row["model"])
        }
    }
}

extension StoreWriter {
    package func insert(_ discussion: Discussion) throws {
        try db.execute(
            sql: """
                INSERT INTO discussions
                    (id, owner, topic, place, status, activity, version, created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                discussion.id.rawValue, discussion.owner.rawValue, discussion.topic,
                discussion.place.rawValue, discussion.status.rawValue, discussion.activity?.rawValue,
                discussion.version, discussion.createdAt.milliseconds, discussion.updatedAt.milliseconds,
            ])
        for seat in discussion.panel.seats {
            try db.execute(
                sql: "INSERT INTO seats (discussion, seat, persona, provider, model) VALUES (?, ?, ?, ?, ?)",
                arguments: [
                    discussion.id.rawValue, seat.seat, seat.persona.rawValue, seat.provider.rawValue,
                    seat.model,
                ])
        }
    }

    /// Where the discussion stands from now on.
    package func update(_ id: DiscussionID, status: DiscussionStatus, activity: Activity?) throws {
        try db.execute(
            sql: "UPDATE discussions SET status = ?, activity = ?, updated_at = ? WHERE id = ?",
            arguments: [status.rawValue, activity?.rawValue, now.milliseconds, id.rawValue])
    }
}
