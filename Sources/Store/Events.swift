package import Domain
import Foundation
import GRDB

extension StoreReader {
    /// The number of the newest event that was ever written.
    ///
    /// From `sqlite_sequence`, never MAX(id): retention may have removed the newest rows.
    package func newestEvent() throws -> Int {
        try Int.fetchOne(db, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'") ?? 0
    }

    /// A discussion's events after `cursor`, oldest first.
    package func listEvents(
        of discussion: DiscussionID,
        after cursor: Int,
        limit: Int
    ) throws -> [Event] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM events WHERE discussion = ? AND id > ? ORDER BY id LIMIT ?",
            arguments: [discussion.rawValue, cursor, limit]
        ).map { row in
            Event(
                id: row["id"],
                discussion: discussion,
                at: Date(milliseconds: row["at"]),
                body: try EventBody(type: row["type"], json: Data((row["data"] as String).utf8))
            )
        }
    }
}

extension StoreReader {
    /// The error that the discussion's last step ended with; nil if anything has been done since.
    package func findStandingFailure(of discussion: DiscussionID) throws -> EventBody.Failure? {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT type, data FROM events WHERE discussion = ? ORDER BY id DESC LIMIT 1",
            arguments: [discussion.rawValue]
        )
        guard let row, row["type"] == "error" else { return nil }
        let body = try EventBody(type: row["type"], json: Data((row["data"] as String).utf8))
        if case .error(let failure) = body { return failure }
        return nil
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
            sql: "INSERT INTO events (discussion, type, data, at) VALUES (?, ?, ?, ?)",
            arguments: [discussion.rawValue, body.type, json, now.milliseconds]
        )
        let id = Int(db.lastInsertedRowID)
        try db.execute(
            sql: "UPDATE discussions SET version = version + 1 WHERE id = ?",
            arguments: [discussion.rawValue]
        )
        touched.insert(discussion)
        return id
    }
}
