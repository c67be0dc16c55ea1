package import Domain
package import Foundation
import GRDB

/// An entry of the log as it is kept: its data is the JSON that was written with the change.
package struct EventRecord: Sendable, Hashable {
    package let id: Int
    package let discussion: DiscussionID
    package let at: Date
    package let type: String
    package let json: String
}

/// Whose events are asked for.
package enum EventStream: Sendable, Hashable {
    case discussion(DiscussionID)
    /// All that a person has.
    case person(PersonID)
}

extension StoreReader {
    /// The number of the newest event that was ever written.
    ///
    /// From `sqlite_sequence`, never MAX(id): retention may have removed the newest rows.
    package func newestEvent() throws -> Int {
        try Int.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0
    }

    /// The stream's entries after `cursor`, oldest first.
    package func listRecords(
        of stream: EventStream,
        after cursor: Int,
        limit: Int
    ) throws -> [EventRecord] {
        let (column, id) =
            switch stream {
            case .discussion(let id): ("discussion", id.rawValue)
            case .person(let id): ("owner", id.rawValue)
            }
        // Each column has its index with the id: the cost is that of what is answered, not of the history.
        return try Row.fetchAll(
            db,
            sql: "SELECT * FROM events WHERE \(column) = ? AND id > ? ORDER BY id LIMIT ?",
            arguments: [id, cursor, limit]
        ).map { row in
            EventRecord(
                id: row["id"],
                discussion: DiscussionID(rawValue: row["discussion"]),
                at: Date(milliseconds: row["at"]),
                type: row["type"],
                json: row["data"]
            )
        }
    }

    /// A discussion's events after `cursor`, oldest first.
    package func listEvents(
        of discussion: DiscussionID,
        after cursor: Int,
        limit: Int
    ) throws -> [Event] {
        try listRecords(of: .discussion(discussion), after: cursor, limit: limit).map { record in
            Event(
                id: record.id,
                discussion: discussion,
                at: record.at,
                body: try EventBody(type: record.type, json: Data(record.json.utf8))
            )
        }
    }
}

extension StoreReader {
    /// The error that the discussion's last step ended with; nil if anything has been done since.
    ///
    /// Kept in the discussion's row, since retention removes events.
    package func findStandingFailure(of discussion: DiscussionID) throws -> EventBody.Failure? {
        let json = try String.fetchOne(
            db,
            sql: "SELECT failure FROM discussions WHERE id = ?",
            arguments: [discussion.rawValue]
        )
        guard let json, case .error(let failure) = try EventBody(type: "error", json: Data(json.utf8)) else {
            return nil
        }
        return failure
    }
}

extension StoreWriter {
    /// Tells of a change, in its transaction: the discussion's version rises with it.
    ///
    /// An event that follows something paid also tells what the discussion has cost by then.
    @discardableResult
    package func append(_ body: EventBody, of discussion: DiscussionID) throws -> Int {
        let told = try body.telling(try reader.findCost(of: discussion))
        let json = String(decoding: try told.json(), as: UTF8.self)
        try db.execute(
            sql: """
                INSERT INTO events (discussion, owner, type, data, at)
                VALUES (?1, (SELECT owner FROM discussions WHERE id = ?1), ?2, ?3, ?4)
                """,
            arguments: [discussion.rawValue, body.type, json, now.milliseconds]
        )
        let id = Int(db.lastInsertedRowID)
        let isFailure = if case .error = body { true } else { false }
        let owner = try String.fetchOne(
            db,
            sql: "UPDATE discussions SET version = version + 1, failure = ? WHERE id = ? RETURNING owner",
            arguments: [isFailure ? json : nil, discussion.rawValue]
        )
        tells(of: id, discussion: discussion, owner: owner.map { PersonID(rawValue: $0) })
        if case .messageChunk = body {} else { committed.append(.event(body)) }
        return id
    }
}
