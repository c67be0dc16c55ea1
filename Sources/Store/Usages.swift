package import Domain
import GRDB

/// What was used on one day, by one person, of one model.
package struct DayUsage: Sendable, Hashable {
    /// `2026-11-23`, in the site's time zone.
    package let day: String
    /// A person's name.
    package let person: String
    package let provider: ProviderID
    package let model: String
    package let answers: Int
    package let cost: Cost
}

extension StoreReader {
    /// What the discussion has cost so far.
    func findCost(of discussion: DiscussionID) throws -> Cost {
        try Row.fetchOne(
            db,
            sql: """
                SELECT cost, prompt_tokens, completion_tokens, unpriced FROM discussions WHERE id = ?
                """,
            arguments: [discussion.rawValue]
        )?.cost ?? Cost()
    }

    /// US dollars that one person, or the whole site, has spent on a day.
    package func spent(on day: String, by person: PersonID? = nil) throws -> Double {
        try Double.fetchOne(
            db,
            sql: "SELECT SUM(cost) FROM usage WHERE day = ? AND (? IS NULL OR person = ?)",
            arguments: [day, person?.rawValue, person?.rawValue]
        ) ?? 0
    }

    /// What was used from `day` on, the newest day first; of one person, or of everybody.
    package func listUsage(since day: String, of person: PersonID? = nil) throws -> [DayUsage] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT usage.day, users.name, usage.provider, usage.model, SUM(usage.answers) AS answers,
                    SUM(usage.cost) AS cost, SUM(usage.prompt_tokens) AS prompt_tokens,
                    SUM(usage.completion_tokens) AS completion_tokens, SUM(usage.unpriced) AS unpriced
                FROM usage JOIN users ON users.id = usage.person
                WHERE usage.day >= ? AND (? IS NULL OR usage.person = ?)
                GROUP BY usage.day, usage.person, usage.provider, usage.model
                ORDER BY usage.day DESC, users.name, usage.provider, usage.model
                """,
            arguments: [day, person?.rawValue, person?.rawValue]
        ).map { row in
            DayUsage(
                day: row["day"],
                person: row["name"],
                provider: try row.value("provider"),
                model: row["model"],
                answers: row["answers"],
                cost: row.cost
            )
        }
    }
}

extension StoreWriter {
    /// Adds what models have used to the discussion's cost and to the day's.
    package func insert(_ usages: [Usage], of discussion: DiscussionID, on day: String) throws {
        for usage in usages {
            try insert(usage, of: discussion, on: day)
            committed.append(.usage(usage))
        }
    }

    private func insert(_ usage: Usage, of discussion: DiscussionID, on day: String) throws {
        let unpriced = usage.cost == nil ? 1 : 0
        try db.execute(
            sql: """
                UPDATE discussions SET cost = CASE WHEN ?1 IS NULL THEN cost ELSE COALESCE(cost, 0) + ?1 END,
                    prompt_tokens = prompt_tokens + ?2, completion_tokens = completion_tokens + ?3,
                    unpriced = unpriced + ?4, version = version + 1
                WHERE id = ?5
                """,
            arguments: [
                usage.cost, usage.promptTokens, usage.completionTokens, unpriced, discussion.rawValue,
            ]
        )
        try db.execute(
            sql: """
                INSERT INTO usage (day, person, provider, model, purpose, answers, prompt_tokens,
                    completion_tokens, cost, unpriced)
                SELECT ?, owner, ?, ?, ?, 1, ?, ?, ?, ? FROM discussions WHERE id = ?
                ON CONFLICT DO UPDATE SET answers = answers + 1,
                    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                    completion_tokens = completion_tokens + excluded.completion_tokens,
                    cost = CASE WHEN excluded.cost IS NULL THEN cost
                        ELSE COALESCE(cost, 0) + excluded.cost END,
                    unpriced = unpriced + excluded.unpriced
                """,
            arguments: [
                day, usage.provider.rawValue, usage.model, usage.purpose.rawValue, usage.promptTokens,
                usage.completionTokens, usage.cost, unpriced, discussion.rawValue,
            ]
        )
        try db.execute(
            sql: """
                INSERT INTO asked (discussion, provider, model, purpose, answers, prompt_tokens,
                    completion_tokens, cost, unpriced)
                SELECT id, ?, ?, ?, 1, ?, ?, ?, ? FROM discussions WHERE id = ?
                ON CONFLICT DO UPDATE SET answers = answers + 1,
                    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                    completion_tokens = completion_tokens + excluded.completion_tokens,
                    cost = CASE WHEN excluded.cost IS NULL THEN cost
                        ELSE COALESCE(cost, 0) + excluded.cost END,
                    unpriced = unpriced + excluded.unpriced
                """,
            arguments: [
                usage.provider.rawValue, usage.model, usage.purpose.rawValue, usage.promptTokens,
                usage.completionTokens, usage.cost, unpriced, discussion.rawValue,
            ]
        )
    }
}

extension Row {
    /// The four columns of a ``Cost``.
    var cost: Cost {
        Cost(
            usd: self["cost"],
            promptTokens: self["prompt_tokens"],
            completionTokens: self["completion_tokens"],
            unpriced: self["unpriced"]
        )
    }
}
