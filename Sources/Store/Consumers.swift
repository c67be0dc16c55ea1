package import Domain
import GRDB

/// A script of a person's that resumes where it last was.
package struct Consumer: Sendable, Hashable {
    package let person: PersonID
    package let name: String
    /// All events up to this one are acknowledged.
    package let cursor: Int
    /// The distance to the log's end, in event numbers of all discussions.
    package let lag: Int

    /// The longest name.
    package static let longestName = 64
    /// So many a person may have: a script that invents a new name with each start must not fill the database.
    package static let most = 100

    /// Whether a consumer may have this name: letters, digits, dot, underscore, hyphen.
    package static func isValid(name: String) -> Bool {
        (1...longestName).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// The person has as many consumers as they may.
package struct TooManyConsumers: Error {}

extension StoreReader {
    /// All consumers, with how far each is behind.
    package func listConsumers() throws -> [Consumer] {
        let newest = try newestEvent()
        return try Row.fetchAll(db, sql: "SELECT * FROM consumers ORDER BY person, name").map { row in
            let cursor: Int = row["cursor"]
            return Consumer(
                person: PersonID(rawValue: row["person"]),
                name: row["name"],
                cursor: cursor,
                lag: max(0, newest - cursor)
            )
        }
    }

    /// What a consumer last acknowledged; nil if there is none of this name.
    package func findConsumerCursor(_ name: String, of person: PersonID) throws -> Int? {
        try Int.fetchOne(
            db,
            sql: "SELECT cursor FROM consumers WHERE person = ? AND name = ?",
            arguments: [person.rawValue, name]
        )
    }
}

extension StoreWriter {
    /// Makes a consumer that has acknowledged nothing yet; one that is there is left as it is.
    ///
    /// - Throws: ``TooManyConsumers``.
    package func insertConsumer(_ name: String, of person: PersonID) throws {
        guard try reader.findConsumerCursor(name, of: person) == nil else { return }
        let count = try Int.fetchOne(
            db,
            sql: "SELECT count(*) FROM consumers WHERE person = ?",
            arguments: [person.rawValue]
        )
        guard (count ?? 0) < Consumer.most else { throw TooManyConsumers() }
        try db.execute(
            sql: "INSERT INTO consumers (person, name, cursor, at) VALUES (?, ?, 0, ?)",
            arguments: [person.rawValue, name, now.milliseconds]
        )
    }

    /// Records what a consumer has acknowledged; an older request that comes late takes nothing back.
    func update(consumer name: String, of person: PersonID, cursor: Int) throws {
        try db.execute(
            sql: """
                UPDATE consumers SET cursor = max(cursor, ?), at = ? WHERE person = ? AND name = ?
                """,
            arguments: [cursor, now.milliseconds, person.rawValue, name]
        )
    }
}
