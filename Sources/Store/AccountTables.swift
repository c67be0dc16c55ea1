import GRDB

/// Who may come in, and by what.
enum AccountTables {
    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: """
                ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
                -- yescrypt; null: there is no coming in by a password.
                ALTER TABLE users ADD COLUMN password TEXT;
                ALTER TABLE users ADD COLUMN disabled_at INTEGER;

                -- Only the hash of what a browser or a script shows is kept, so that who reads the database or a
                -- backup cannot come in by it.
                CREATE TABLE sessions (
                    id TEXT PRIMARY KEY,
                    hash TEXT NOT NULL UNIQUE,
                    person TEXT NOT NULL REFERENCES users(id),
                    created_at INTEGER NOT NULL,
                    seen_at INTEGER NOT NULL,
                    address TEXT NOT NULL,
                    agent TEXT NOT NULL
                ) STRICT;
                CREATE INDEX sessions_of_person ON sessions(person, seen_at);
                CREATE INDEX sessions_by_age ON sessions(created_at);

                CREATE TABLE api_tokens (
                    id TEXT PRIMARY KEY,
                    hash TEXT NOT NULL UNIQUE,
                    person TEXT NOT NULL REFERENCES users(id),
                    read_only INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    expires_at INTEGER,
                    used_at INTEGER
                ) STRICT;
                CREATE INDEX api_tokens_of_person ON api_tokens(person, created_at);

                -- Failed sign-ins under a name since its last good one. By the name's hash: people type passwords
                -- into the wrong field.
                CREATE TABLE failed_sign_ins (
                    name_hash TEXT PRIMARY KEY,
                    failures INTEGER NOT NULL,
                    at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX failed_sign_ins_by_age ON failed_sign_ins(at);

                CREATE TABLE secrets (
                    name TEXT PRIMARY KEY,
                    value TEXT NOT NULL
                ) STRICT, WITHOUT ROWID;
                """
        )
    }
}
