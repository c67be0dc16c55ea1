package import Domain
import GRDB

extension StoreReader {
    /// What a page tells of the rounds from `first` to `last` without their words.
    package func listOutlines(
        of discussion: DiscussionID,
        in first: Int,
        _ last: Int
    ) throws -> [RoundOutline] {
        let arguments: StatementArguments = [discussion.rawValue, first, last]
        let speeches = Dictionary(
            grouping: try Row.fetchAll(
                db,
                sql: """
                    SELECT messages.round, seats.persona,
                        substr(messages.content, 1, \(RoundOutline.openingLimit)) AS opening
                    FROM messages
                    JOIN seats ON seats.discussion = messages.discussion AND seats.seat = messages.seat
                    WHERE messages.discussion = ? AND messages.round BETWEEN ? AND ? AND messages.finished
                    ORDER BY messages.round, messages.seat
                    """,
                arguments: arguments
            ),
            by: { $0["round"] as Int }
        )
        // With max(), the other columns are those of the row that has it.
        let remarks = try Row.fetchAll(
            db,
            sql: """
                SELECT round, count(*) AS remarks, max(id),
                    substr(input, 1, \(RoundOutline.openingLimit)) AS remark
                FROM user_inputs WHERE discussion = ? AND round BETWEEN ? AND ? GROUP BY round
                """,
            arguments: arguments
        ).reduce(into: [Int: Row]()) { $0[$1["round"]] = $1 }
        let answered = Set(
            try Int.fetchAll(
                db,
                sql: """
                    SELECT round FROM question_sets
                    WHERE discussion = ? AND round BETWEEN ? AND ? AND answered_at IS NOT NULL
                    """,
                arguments: arguments
            )
        )
        return try Int.fetchAll(
            db,
            sql: "SELECT number FROM rounds WHERE discussion = ? AND number BETWEEN ? AND ? ORDER BY number",
            arguments: arguments
        ).map { number in
            let speeches = speeches[number] ?? []
            return RoundOutline(
                number: number,
                speakers: try speeches.map { try $0.value("persona") },
                opening: speeches.last?["opening"] ?? "",
                remarks: remarks[number]?["remarks"] ?? 0,
                remark: remarks[number]?["remark"] ?? "",
                hasAnswers: answered.contains(number)
            )
        }
    }

    /// The round in which a message was said, if it is of this discussion.
    package func findRound(of message: MessageID, in discussion: DiscussionID) throws -> Int? {
        try Int.fetchOne(
            db,
            sql: "SELECT round FROM messages WHERE id = ? AND discussion = ?",
            arguments: [message.rawValue, discussion.rawValue]
        )
    }
}
