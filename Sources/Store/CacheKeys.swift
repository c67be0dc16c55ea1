import GRDB

/// Migration 7: what a cached discussion is found by.
enum CacheKeys {
    /// What belongs to a discussion and has its id; its seats are inserted with it.
    private static let parts = [
        "rounds", "messages", "summaries", "question_sets", "user_inputs", "resolutions", "files",
        "asked",
    ]

    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: """
                -- A version counts within one life of a discussion: one that was erased and put back, or that a
                -- restored snapshot has set back, begins another, and must not find what was cached of the first.
                ALTER TABLE discussions ADD COLUMN life TEXT;
                UPDATE discussions SET life = \(random);
                CREATE TRIGGER discussions_begin AFTER INSERT ON discussions BEGIN
                    UPDATE discussions SET life = \(random) WHERE id = NEW.id;
                END;

                -- Triggers, so that no writer can forget it, also not an older responder during an upgrade.
                CREATE TRIGGER discussions_change AFTER UPDATE OF owner, topic, place, status, activity,
                    round_limit, updated_at, deleted_at, cost, prompt_tokens, completion_tokens, unpriced, failure
                    ON discussions WHEN NEW.version = OLD.version
                BEGIN
                    UPDATE discussions SET version = version + 1 WHERE id = NEW.id;
                END;
                """
        )
        for table in parts {
            try raise(db, table, "NEW.discussion", "OLD.discussion")
        }
        try raise(db, "seats", "NEW.discussion", "OLD.discussion", ["UPDATE", "DELETE"])
        for table in ["questions", "options", "answers", "ticks"] {
            try raise(db, table, set("NEW"), set("OLD"))
        }
        try raise(db, "file_views", file("NEW"), file("OLD"))
    }

    private static let random = "lower(hex(randomblob(8)))"

    private static func set(_ row: String) -> String {
        "(SELECT discussion FROM question_sets WHERE id = \(row).question_set)"
    }

    private static func file(_ row: String) -> String {
        "(SELECT discussion FROM files WHERE id = \(row).file)"
    }

    private static func raise(
        _ db: Database,
        _ table: String,
        _ new: String,
        _ old: String,
        _ events: [String] = ["INSERT", "UPDATE", "DELETE"]
    ) throws {
        for event in events {
            let id = event == "DELETE" ? old : new
            try db.execute(
                sql: """
                    CREATE TRIGGER \(table)_change_\(event.lowercased()) AFTER \(event) ON \(table) BEGIN
                        UPDATE discussions SET version = version + 1 WHERE id = \(id);
                    END
                    """
            )
        }
    }

    /// Every discussion begins another life: the log that they belonged to is lost.
    static func renew(_ db: Database) throws {
        try db.execute(sql: "UPDATE discussions SET life = \(random)")
    }
}
