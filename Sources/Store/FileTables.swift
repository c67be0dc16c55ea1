import GRDB

/// Migration 5: the files of discussions, and who was given them.
enum FileTables {
    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE files (
                    -- In the order in which they came.
                    number INTEGER PRIMARY KEY,
                    id TEXT NOT NULL UNIQUE,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    name TEXT NOT NULL,
                    type TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    sha256 TEXT NOT NULL,
                    state TEXT NOT NULL,
                    pages INTEGER,
                    pages_read INTEGER,
                    characters INTEGER NOT NULL,
                    kept INTEGER NOT NULL,
                    reading TEXT NOT NULL,
                    -- What models may be given of it, already cut.
                    text TEXT NOT NULL,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX files_of_discussion ON files(discussion, number);

                -- Which provider was given which file: written before the prompt leaves.
                CREATE TABLE file_views (
                    file TEXT NOT NULL REFERENCES files(id),
                    provider TEXT NOT NULL,
                    model TEXT NOT NULL,
                    -- Of its text, the most that one prompt held.
                    characters INTEGER NOT NULL,
                    as_picture INTEGER NOT NULL,
                    PRIMARY KEY (file, provider, model)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }
}
