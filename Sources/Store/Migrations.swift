import GRDB

/// The numbered steps from an empty database to this version's.
///
/// A step that has landed never changes.
enum Migrations {
    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 discussions", migrate: discussions)
        migrator.registerMigration("2 costs", migrate: costs)
        migrator.registerMigration("3 event delivery", migrate: EventDelivery.migrate)
        migrator.registerMigration("4 search", migrate: SearchIndex.migrate)
        migrator.registerMigration("5 files", migrate: FileTables.migrate)
        migrator.registerMigration("6 safekeeping", migrate: Safekeeping.migrate)
        migrator.registerMigration("7 cache", migrate: CacheKeys.migrate)
        migrator.registerMigration("8 accounts", migrate: AccountTables.migrate)
        return migrator
    }

    private static func discussions(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE users (
                    id TEXT PRIMARY KEY,
                    name TEXT NOT NULL UNIQUE,
                    created_at INTEGER NOT NULL
                ) STRICT;

                CREATE TABLE discussions (
                    id TEXT PRIMARY KEY,
                    owner TEXT NOT NULL REFERENCES users(id),
                    topic TEXT NOT NULL,
                    place TEXT NOT NULL,
                    status TEXT NOT NULL,
                    activity TEXT,
                    round_limit INTEGER NOT NULL,
                    version INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    deleted_at INTEGER,
                    -- The engine that works on it, and until when it may be believed to.
                    lease_holder TEXT,
                    lease_until INTEGER
                ) STRICT;
                CREATE INDEX discussions_of_owner ON discussions(owner, updated_at DESC, id DESC)
                    WHERE deleted_at IS NULL;
                CREATE INDEX discussions_deleted ON discussions(deleted_at) WHERE deleted_at IS NOT NULL;
                CREATE INDEX discussions_running ON discussions(status) WHERE status = 'running';

                CREATE TABLE seats (
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    seat INTEGER NOT NULL,
                    persona TEXT NOT NULL,
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    PRIMARY KEY (discussion, seat)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE rounds (
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    number INTEGER NOT NULL,
                    complete INTEGER NOT NULL,
                    started_at INTEGER NOT NULL,
                    completed_at INTEGER,
                    PRIMARY KEY (discussion, number)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE messages (
                    id TEXT PRIMARY KEY,
                    discussion TEXT NOT NULL,
                    round INTEGER NOT NULL,
                    seat INTEGER NOT NULL,
                    turn INTEGER NOT NULL,
                    content TEXT NOT NULL,
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    fallback INTEGER NOT NULL,
                    truncated INTEGER NOT NULL,
                    finished INTEGER NOT NULL,
                    prompt_tokens INTEGER,
                    completion_tokens INTEGER,
                    duration_ms INTEGER,
                    time_to_first_token_ms INTEGER,
                    prompt_version TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    UNIQUE (discussion, round, seat),
                    FOREIGN KEY (discussion, round) REFERENCES rounds(discussion, number),
                    FOREIGN KEY (discussion, seat) REFERENCES seats(discussion, seat)
                ) STRICT;

                CREATE TABLE summaries (
                    id TEXT PRIMARY KEY,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    through_round INTEGER NOT NULL,
                    content TEXT NOT NULL,
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    prompt_version TEXT NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX summaries_of_discussion ON summaries(discussion, created_at);

                CREATE TABLE question_sets (
                    id TEXT PRIMARY KEY,
                    discussion TEXT NOT NULL,
                    round INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    answered_at INTEGER,
                    FOREIGN KEY (discussion, round) REFERENCES rounds(discussion, number)
                ) STRICT;
                CREATE INDEX question_sets_of_round ON question_sets(discussion, round, created_at);

                CREATE TABLE questions (
                    question_set TEXT NOT NULL REFERENCES question_sets(id),
                    position INTEGER NOT NULL,
                    id TEXT NOT NULL,
                    text TEXT NOT NULL,
                    PRIMARY KEY (question_set, id)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE options (
                    question_set TEXT NOT NULL,
                    question TEXT NOT NULL,
                    position INTEGER NOT NULL,
                    id TEXT NOT NULL,
                    text TEXT NOT NULL,
                    PRIMARY KEY (question_set, question, id),
                    FOREIGN KEY (question_set, question) REFERENCES questions(question_set, id)
                ) STRICT, WITHOUT ROWID;

                -- An answer's row holds the person's own words; its ticks are rows of their own.
                CREATE TABLE answers (
                    question_set TEXT NOT NULL,
                    question TEXT NOT NULL,
                    text TEXT NOT NULL,
                    PRIMARY KEY (question_set, question),
                    FOREIGN KEY (question_set, question) REFERENCES questions(question_set, id)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE ticks (
                    question_set TEXT NOT NULL,
                    question TEXT NOT NULL,
                    option TEXT NOT NULL,
                    PRIMARY KEY (question_set, question, option),
                    FOREIGN KEY (question_set, question) REFERENCES answers(question_set, question),
                    FOREIGN KEY (question_set, question, option)
                        REFERENCES options(question_set, question, id)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE user_inputs (
                    id INTEGER PRIMARY KEY,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    -- The round during or after which it was said; 0 before the first.
                    round INTEGER NOT NULL,
                    input TEXT NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX user_inputs_of_discussion ON user_inputs(discussion, round, id);

                CREATE TABLE resolutions (
                    id INTEGER PRIMARY KEY,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    -- As the contract's JSON; read and written whole.
                    data TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    reopened_at INTEGER
                ) STRICT;
                CREATE INDEX resolutions_of_discussion ON resolutions(discussion, id);

                -- AUTOINCREMENT: a number that was handed out is never used again.
                CREATE TABLE events (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    type TEXT NOT NULL,
                    data TEXT NOT NULL,
                    at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX events_of_discussion ON events(discussion, id);

                CREATE TABLE commands (
                    person TEXT NOT NULL REFERENCES users(id),
                    id TEXT NOT NULL,
                    hash TEXT NOT NULL,
                    name TEXT NOT NULL,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    cursor INTEGER NOT NULL,
                    at INTEGER NOT NULL,
                    PRIMARY KEY (person, id)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }

    private static func costs(_ db: Database) throws {
        try db.execute(
            sql: """
                -- US dollars; null where no price is known.
                ALTER TABLE messages ADD COLUMN cost REAL;

                -- What the discussion has cost so far, so that no page and no limit adds up its history.
                ALTER TABLE discussions ADD COLUMN cost REAL;
                ALTER TABLE discussions ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE discussions ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE discussions ADD COLUMN unpriced INTEGER NOT NULL DEFAULT 0;

                -- One row a day for each person, provider, model and purpose: it stays when a discussion is
                -- erased, and holds no words.
                CREATE TABLE usage (
                    day TEXT NOT NULL,
                    person TEXT NOT NULL REFERENCES users(id),
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    purpose TEXT NOT NULL,
                    answers INTEGER NOT NULL,
                    prompt_tokens INTEGER NOT NULL,
                    completion_tokens INTEGER NOT NULL,
                    cost REAL,
                    unpriced INTEGER NOT NULL,
                    PRIMARY KEY (day, person, provider, model, purpose)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }
}
