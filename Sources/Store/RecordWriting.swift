package import Domain
import Foundation
import GRDB

extension StoreWriter {
    /// Puts a discussion back as it was; nothing of its id may be there.
    ///
    /// - Throws: a database error when one of its ids is taken.
    package func insert(_ record: DiscussionRecord) throws {
        let discussion = record.discussion
        let id = discussion.id
        try insert(discussion)
        try update(id, failure: record.failure)
        try db.execute(
            sql: """
                UPDATE discussions SET deleted_at = ?, cost = ?, prompt_tokens = ?, completion_tokens = ?,
                    unpriced = ? WHERE id = ?
                """,
            arguments: [
                record.deletedAt?.milliseconds, discussion.cost.usd, discussion.cost.promptTokens,
                discussion.cost.completionTokens, discussion.cost.unpriced, id.rawValue,
            ]
        )
        for round in record.rounds { try insert(round, of: id) }
        for asked in record.questionSets { try insert(asked, of: id) }
        for remark in record.remarks {
            try at(remark.at).insertUserInput(remark.input, round: remark.round, of: id)
        }
        for written in record.summaries { try at(written.createdAt).insert(written.summary, of: id) }
        for ending in record.endings {
            try at(ending.createdAt).insert(ending.resolution, of: id)
            guard let reopened = ending.reopenedAt else { continue }
            try db.execute(
                sql: """
                    UPDATE resolutions SET reopened_at = ?
                    WHERE id = (SELECT MAX(id) FROM resolutions WHERE discussion = ?)
                    """,
                arguments: [reopened.milliseconds, id.rawValue]
            )
        }
        for asked in record.asked { try insert(asked, of: id) }
        for file in record.files { try insert(file, of: id) }
        // What was put back is one change.
        try db.execute(
            sql: "UPDATE discussions SET version = ? WHERE id = ?",
            arguments: [discussion.version, id.rawValue]
        )
    }

    /// The error that the last step ended with, as it stood; an event that is appended takes it away.
    package func update(_ id: DiscussionID, failure: EventBody.Failure?) throws {
        let json = try failure.map { String(decoding: try EventBody.error($0).json(), as: UTF8.self) }
        try db.execute(
            sql: "UPDATE discussions SET failure = ? WHERE id = ?",
            arguments: [json, id.rawValue]
        )
    }

    private func insert(_ round: DiscussionRecord.RoundRecord, of id: DiscussionID) throws {
        try db.execute(
            sql: """
                INSERT INTO rounds (discussion, number, complete, started_at, completed_at)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                id.rawValue, round.number, round.complete, round.startedAt.milliseconds,
                round.completedAt?.milliseconds,
            ]
        )
        for spoken in round.messages {
            try at(spoken.createdAt).insert(spoken.message, round: round.number, of: id)
            try update(spoken.message)
        }
    }

    private func insert(_ asked: DiscussionRecord.AskedQuestions, of id: DiscussionID) throws {
        try at(asked.createdAt).insert(asked.set, round: asked.round, of: id)
        guard let answeredAt = asked.answeredAt else { return }
        try at(answeredAt).insert(asked.answers, to: asked.set.id)
    }

    private func insert(_ asked: DiscussionRecord.Asked, of id: DiscussionID) throws {
        try db.execute(
            sql: "INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                id.rawValue, asked.provider.rawValue, asked.model, asked.purpose.rawValue, asked.answers,
                asked.cost.promptTokens, asked.cost.completionTokens, asked.cost.usd, asked.cost.unpriced,
            ]
        )
    }

    /// The same transaction at an earlier instant; only for statements that append no events.
    private func at(_ instant: Date) -> StoreWriter { StoreWriter(db: db, now: instant) }
}
