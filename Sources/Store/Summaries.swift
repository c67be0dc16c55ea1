package import Domain
import GRDB

extension StoreReader {
    /// The summaries, oldest first.
    func listSummaries(of discussion: DiscussionID, newestOnly: Bool) throws -> [Summary] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT * FROM summaries WHERE discussion = ? ORDER BY created_at DESC, rowid DESC
                \(newestOnly ? "LIMIT 1" : "")
                """,
            arguments: [discussion.rawValue]
        ).reversed().map { row in
            Summary(
                id: SummaryID(rawValue: row["id"]),
                throughRound: row["through_round"],
                content: row["content"],
                provider: try row.value("provider"),
                model: row["model"],
                promptVersion: row["prompt_version"]
            )
        }
    }
}

extension StoreWriter {
    package func insert(_ summary: Summary, of discussion: DiscussionID) throws {
        try db.execute(
            sql: """
                INSERT INTO summaries
                    (id, discussion, through_round, content, provider, model, prompt_version, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                summary.id.rawValue, discussion.rawValue, summary.throughRound, summary.content,
                summary.provider.rawValue, summary.model, summary.promptVersion, now.milliseconds,
            ]
        )
    }
}
