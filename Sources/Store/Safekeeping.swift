import GRDB

/// Migration 6: what each model was asked for in a discussion, and gaps that a restored backup leaves in the log.
enum Safekeeping {
    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: """
                -- Which models have got words of this discussion, what for, and how often.
                CREATE TABLE asked (
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    purpose TEXT NOT NULL,
                    answers INTEGER NOT NULL,
                    prompt_tokens INTEGER NOT NULL,
                    completion_tokens INTEGER NOT NULL,
                    cost REAL,
                    unpriced INTEGER NOT NULL,
                    PRIMARY KEY (discussion, provider, model, purpose)
                ) STRICT, WITHOUT ROWID;
                -- Of earlier discussions only the messages and the summaries tell.
                INSERT INTO asked SELECT discussion, provider, model, 'message', COUNT(*),
                    COALESCE(SUM(prompt_tokens), 0), COALESCE(SUM(completion_tokens), 0), SUM(cost),
                    SUM(cost IS NULL)
                    FROM messages GROUP BY discussion, provider, model;
                INSERT INTO asked SELECT discussion, provider, model, 'summary', COUNT(*), 0, 0, NULL, COUNT(*)
                    FROM summaries GROUP BY discussion, provider, model;

                -- Numbers after `last` and before `next` may have been handed out by a log that was lost.
                CREATE TABLE log_gaps (
                    last INTEGER PRIMARY KEY,
                    next INTEGER NOT NULL
                ) STRICT;
                """
        )
    }
}
