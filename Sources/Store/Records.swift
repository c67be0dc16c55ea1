package import Domain
import Foundation
import GRDB

extension StoreReader {
    /// Everything that is kept of the discussion.
    ///
    /// - Parameter person: only if it is theirs and not deleted; nil for whoever keeps backups.
    package func findRecord(_ id: DiscussionID, of person: PersonID?) throws -> DiscussionRecord? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT discussions.*, users.name FROM discussions JOIN users ON users.id = owner
                WHERE discussions.id = ?1 AND (?2 IS NULL OR owner = ?2 AND deleted_at IS NULL)
                """,
            arguments: [id.rawValue, person?.rawValue]
        )
        guard let row else { return nil }
        let discussion = try discussion(row)
        return DiscussionRecord(
            owner: Person(id: discussion.owner, name: row["name"]),
            discussion: discussion,
            deletedAt: row.date("deleted_at"),
            failure: try findStandingFailure(of: id),
            rounds: try listRoundRecords(of: id),
            questionSets: try listAskedQuestions(of: id),
            remarks: try listRemarks(of: id),
            summaries: try listWrittenSummaries(of: id),
            endings: try listEndings(of: id),
            asked: try listAsked(of: id),
            files: try listKeptFiles(of: id),
            cursor: try newestEvent()
        )
    }

    private func listRoundRecords(of id: DiscussionID) throws -> [DiscussionRecord.RoundRecord] {
        let messages = Dictionary(
            grouping: try Row.fetchAll(
                db,
                sql: """
                    SELECT messages.*, seats.persona FROM messages
                    JOIN seats ON seats.discussion = messages.discussion AND seats.seat = messages.seat
                    WHERE messages.discussion = ? ORDER BY messages.turn
                    """,
                arguments: [id.rawValue]
            ),
            by: { $0["round"] as Int }
        )
        return try Row.fetchAll(
            db,
            sql: "SELECT * FROM rounds WHERE discussion = ? ORDER BY number",
            arguments: [id.rawValue]
        ).map { row in
            DiscussionRecord.RoundRecord(
                number: row["number"],
                complete: row["complete"],
                startedAt: Date(milliseconds: row["started_at"]),
                completedAt: row.date("completed_at"),
                messages: try (messages[row["number"]] ?? []).map {
                    .init(message: try message($0), createdAt: Date(milliseconds: $0["created_at"]))
                }
            )
        }
    }

    private func listAskedQuestions(of id: DiscussionID) throws -> [DiscussionRecord.AskedQuestions] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM question_sets WHERE discussion = ? ORDER BY created_at, rowid",
            arguments: [id.rawValue]
        ).map { row in
            let set = try questionSet(QuestionSetID(rawValue: row["id"]))
            return .init(
                round: row["round"],
                set: set,
                createdAt: Date(milliseconds: row["created_at"]),
                answeredAt: row.date("answered_at"),
                answers: try answers(to: set)
            )
        }
    }

    private func listRemarks(of id: DiscussionID) throws -> [DiscussionRecord.Remark] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM user_inputs WHERE discussion = ? ORDER BY id",
            arguments: [id.rawValue]
        ).map { .init(round: $0["round"], input: $0["input"], at: Date(milliseconds: $0["created_at"])) }
    }

    private func listWrittenSummaries(of id: DiscussionID) throws -> [DiscussionRecord.WrittenSummary] {
        let times = try Int64.fetchAll(
            db,
            sql: "SELECT created_at FROM summaries WHERE discussion = ? ORDER BY created_at, rowid",
            arguments: [id.rawValue]
        )
        return zip(try listSummaries(of: id), times).map {
            .init(summary: $0, createdAt: Date(milliseconds: $1))
        }
    }

    private func listEndings(of id: DiscussionID) throws -> [DiscussionRecord.Ending] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM resolutions WHERE discussion = ? ORDER BY id",
            arguments: [id.rawValue]
        ).map { row in
            let data = Data((row["data"] as String).utf8)
            return .init(
                resolution: try JSONDecoder().decode(Resolution.self, from: data),
                createdAt: Date(milliseconds: row["created_at"]),
                reopenedAt: row.date("reopened_at")
            )
        }
    }

    private func listAsked(of id: DiscussionID) throws -> [DiscussionRecord.Asked] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM asked WHERE discussion = ? ORDER BY provider, model, purpose",
            arguments: [id.rawValue]
        ).map { row in
            .init(
                provider: try row.value("provider"),
                model: row["model"],
                purpose: try row.value("purpose"),
                answers: row["answers"],
                cost: row.cost
            )
        }
    }
}

extension Row {
    /// A column of milliseconds that may be null.
    fileprivate func date(_ column: String) -> Date? {
        (self[column] as Int64?).map { Date(milliseconds: $0) }
    }
}
