import GRDB

/// Migration 3: events by person, what retention and compaction remember, named consumers.
enum EventDelivery {
    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: """
                -- The discussion's, which never changes: a person's stream must not read other people's.
                ALTER TABLE events ADD COLUMN owner TEXT NOT NULL DEFAULT '';
                UPDATE events SET owner = (SELECT owner FROM discussions WHERE id = events.discussion);
                CREATE INDEX events_of_owner ON events(owner, id);

                -- The data of the error that the last step ended with; null if anything was done since.
                ALTER TABLE discussions ADD COLUMN failure TEXT;
                UPDATE discussions SET failure = (
                    SELECT CASE type WHEN 'error' THEN data END FROM events
                    WHERE discussion = discussions.id ORDER BY id DESC LIMIT 1
                );

                -- Up to which event something has been done to the log.
                CREATE TABLE log_marks (
                    name TEXT PRIMARY KEY,
                    event INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;

                CREATE INDEX commands_by_age ON commands(at);

                CREATE TABLE consumers (
                    person TEXT NOT NULL REFERENCES users(id),
                    name TEXT NOT NULL,
                    -- All events up to this one are acknowledged.
                    cursor INTEGER NOT NULL,
                    at INTEGER NOT NULL,
                    PRIMARY KEY (person, name)
                ) STRICT, WITHOUT ROWID;
                """
        )
    }
}
