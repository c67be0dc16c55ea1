package import Domain
import GRDB

extension StoreReader {
    /// The discussion with all its rounds and the cursor of this very snapshot, if it is this person's.
    package func findTranscript(_ id: DiscussionID, of person: PersonID) throws -> Transcript? {
        guard let discussion = try findDiscussion(id, of: person) else { return nil }
        let messages = Dictionary(grouping: try listMessages(of: id), by: \.round)
        let rounds = try Row.fetchAll(
            db, sql: "SELECT number, complete FROM rounds WHERE discussion = ? ORDER BY number",
            arguments: [id.rawValue]
        ).map { row in
            let number: Int = row["number"]
            return Round(
                number: number, complete: row["complete"], messages: messages[number]?.map(\.message) ?? [])
        }
        return Transcript(discussion: discussion, rounds: rounds, cursor: try newestEvent())
    }
}

extension StoreWriter {
    package func insertRound(_ number: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: "INSERT INTO rounds (discussion, number, complete, started_at) VALUES (?, ?, 0, ?)",
            arguments: [discussion.rawValue, number, now.milliseconds])
    }

    package func completeRound(_ number: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: "UPDATE rounds SET complete = 1, completed_at = ? WHERE discussion = ? AND number = ?",
            arguments: [now.milliseconds, discussion.rawValue, number])
    }
}
