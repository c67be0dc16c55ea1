package import Domain
import Foundation
import GRDB

/// The same command id came before, with other content.
package struct CommandConflict: Error {}

extension Store {
    /// Performs a command once: its effect, its events and its acknowledgement in one transaction.
    ///
    /// The same command again gets the stored acknowledgement and has no effect. What the effect
    /// throws refuses the command, and nothing is kept of it.
    ///
    /// - Parameter effect: makes the changes and names the discussion they belong to.
    /// - Throws: ``CommandConflict``, or what `effect` throws.
    package func perform(
        _ command: Command,
        _ effect: @escaping @Sendable (StoreWriter) throws -> DiscussionID
    ) async throws -> Acknowledgement {
        try await write { writer in
            if let before = try writer.reader.findAcknowledgement(of: command) { return before }
            let discussion = try effect(writer)
            let acknowledgement = Acknowledgement(
                event: command.name,
                id: command.id,
                discussion: discussion,
                cursor: try writer.reader.newestEvent(),
                replayed: false,
                acceptedAt: Date(milliseconds: writer.now.milliseconds)
            )
            try writer.insert(acknowledgement, of: command)
            return acknowledgement
        }
    }
}

extension StoreReader {
    /// What the command was answered with when it came before.
    ///
    /// - Throws: ``CommandConflict`` if it had other content then.
    package func findAcknowledgement(of command: Command) throws -> Acknowledgement? {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT * FROM commands WHERE person = ? AND id = ?",
            arguments: [command.person.rawValue, command.id]
        )
        guard let row else { return nil }
        guard row["hash"] == command.hash else { throw CommandConflict() }
        return Acknowledgement(
            event: row["name"],
            id: command.id,
            discussion: DiscussionID(rawValue: row["discussion"]),
            cursor: row["cursor"],
            replayed: true,
            acceptedAt: Date(milliseconds: row["at"])
        )
    }
}

extension StoreReader {
    /// Whether the person's command of this id was carried out before, whatever was in it.
    package func knowsCommand(_ id: String, of person: PersonID) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: "SELECT EXISTS (SELECT 1 FROM commands WHERE person = ? AND id = ?)",
            arguments: [person.rawValue, id]
        ) ?? false
    }
}

extension StoreWriter {
    fileprivate func insert(_ acknowledgement: Acknowledgement, of command: Command) throws {
        try db.execute(
            sql: """
                INSERT INTO commands (person, id, hash, name, discussion, cursor, at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                command.person.rawValue, command.id, command.hash, command.name,
                acknowledgement.discussion.rawValue, acknowledgement.cursor, now.milliseconds,
            ]
        )
    }
}
