package import Domain
import GRDB

extension StoreReader {
    func listMessages(of discussion: DiscussionID, in first: Int, _ last: Int) throws -> [(
        round: Int, message: Message
    )] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT messages.*, seats.persona FROM messages
                JOIN seats ON seats.discussion = messages.discussion AND seats.seat = messages.seat
                WHERE messages.discussion = ? AND messages.round BETWEEN ? AND ? ORDER BY messages.turn
                """,
            arguments: [discussion.rawValue, first, last]
        ).map { row in
            (row["round"], try message(row))
        }
    }

    func message(_ row: Row) throws -> Message {
        Message(
            id: MessageID(rawValue: row["id"]),
            seat: row["seat"],
            persona: try row.value("persona"),
            turn: row["turn"],
            content: row["content"],
            provider: try row.value("provider"),
            model: row["model"],
            fallback: row["fallback"],
            truncated: row["truncated"],
            promptTokens: row["prompt_tokens"],
            completionTokens: row["completion_tokens"],
            cost: row["cost"],
            durationMs: row["duration_ms"],
            timeToFirstTokenMs: row["time_to_first_token_ms"],
            promptVersion: row["prompt_version"],
            finished: row["finished"]
        )
    }
}

extension StoreReader {
    /// One message of the discussion.
    package func findMessage(_ id: MessageID, of discussion: DiscussionID) throws -> Message? {
        try Row.fetchOne(
            db,
            sql: """
                SELECT messages.*, seats.persona FROM messages
                JOIN seats ON seats.discussion = messages.discussion AND seats.seat = messages.seat
                WHERE messages.id = ? AND messages.discussion = ?
                """,
            arguments: [id.rawValue, discussion.rawValue]
        ).map(message)
    }
}

extension StoreWriter {
    /// A message that is about to be spoken.
    package func insert(_ message: Message, round: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: """
                INSERT INTO messages
                    (id, discussion, round, seat, turn, content, provider, model, fallback, truncated,
                     finished, prompt_version, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                message.id.rawValue, discussion.rawValue, round, message.seat, message.turn,
                message.content, message.provider.rawValue, message.model, message.fallback,
                message.truncated, message.finished, message.promptVersion, now.milliseconds,
            ]
        )
    }

    /// Adds what was spoken since the last call.
    ///
    /// The caller knows the order; the log tells the offset.
    ///
    /// - Returns: false when the message has finished meanwhile; it is then left as it is.
    package func append(_ text: String, to message: MessageID) throws -> Bool {
        try db.execute(
            sql: "UPDATE messages SET content = content || ? WHERE id = ? AND finished = 0",
            arguments: [text, message.rawValue]
        )
        return db.changesCount == 1
    }

    /// The message anew: its text, who speaks, and what is known of it.
    ///
    /// Its id, seat and turn stay.
    package func update(_ message: Message) throws {
        try db.execute(
            sql: """
                UPDATE messages SET content = ?, provider = ?, model = ?, fallback = ?, truncated = ?,
                    finished = ?, prompt_tokens = ?, completion_tokens = ?, cost = ?, duration_ms = ?,
                    time_to_first_token_ms = ?, prompt_version = ?
                WHERE id = ?
                """,
            arguments: [
                message.content, message.provider.rawValue, message.model, message.fallback,
                message.truncated, message.finished, message.promptTokens, message.completionTokens,
                message.cost, message.durationMs, message.timeToFirstTokenMs, message.promptVersion,
                message.id.rawValue,
            ]
        )
    }
}
