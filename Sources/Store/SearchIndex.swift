import GRDB

/// Migration 4: what a person can search in, and a list by status.
///
/// `search` holds only the index. The words stay where they are; `search_content` shows them to SQLite, which
/// reads them for excerpts, and to take a row out of the index again. Triggers keep it, so that whoever writes a
/// row, a restored backup too, indexes it in the same transaction. Why it is built so: docs/decisions/0054.
enum SearchIndex {
    /// The bits of a text's number that count within its discussion: room for a million texts in each.
    ///
    /// The upper bits are the discussion's, so that all its texts lie side by side, the newest discussion last.
    static let bits = 20

    static func migrate(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE INDEX discussions_by_status ON discussions(owner, status, updated_at DESC, id DESC)
                    WHERE deleted_at IS NULL;

                CREATE TABLE search_texts (
                    id INTEGER PRIMARY KEY,
                    discussion TEXT NOT NULL REFERENCES discussions(id),
                    kind TEXT NOT NULL,
                    -- The key of the row that holds the words; an answer's has two parts.
                    source TEXT NOT NULL,
                    part TEXT NOT NULL DEFAULT '',
                    UNIQUE (kind, source, part)
                ) STRICT;

                CREATE VIEW search_content (id, owner, body, kind, source, part) AS
                SELECT texts.id, discussions.owner,
                    CASE texts.kind
                        WHEN 'topic' THEN discussions.topic
                        WHEN 'message' THEN (SELECT content FROM messages WHERE messages.id = texts.source)
                        WHEN 'input' THEN (SELECT input FROM user_inputs WHERE user_inputs.id = texts.source)
                        WHEN 'answer' THEN (
                            SELECT text FROM answers
                            WHERE question_set = texts.source AND question = texts.part
                        )
                        WHEN 'conclusion' THEN (
                            SELECT json_extract(data, '$.conclusion') FROM resolutions
                            WHERE resolutions.id = texts.source
                        )
                    END,
                    texts.kind, texts.source, texts.part
                FROM search_texts AS texts JOIN discussions ON discussions.id = texts.discussion;

                -- Two and three letters are what a prefix begins with while it is typed.
                CREATE VIRTUAL TABLE search USING fts5 (
                    owner, body, content = 'search_content', content_rowid = 'id',
                    tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
                );
                """
        )
        try indexWhatIsThere(db)
        try follow(db)
    }

    private static func indexWhatIsThere(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO search_texts (id, discussion, kind, source)
                SELECT row_number() OVER (ORDER BY created_at, id) << \(bits), id, 'topic', id
                FROM discussions;

                INSERT INTO search_texts (id, discussion, kind, source, part)
                SELECT topics.id + row_number() OVER (PARTITION BY said.discussion ORDER BY at, said.kind, said.source),
                    said.discussion, said.kind, said.source, said.part
                FROM (
                    SELECT discussion, 'message' AS kind, id AS source, '' AS part, created_at AS at
                    FROM messages WHERE finished
                    UNION ALL
                    SELECT discussion, 'input', CAST(id AS TEXT), '', created_at FROM user_inputs
                    UNION ALL
                    SELECT question_sets.discussion, 'answer', question_set, question, answered_at
                    FROM answers JOIN question_sets ON question_sets.id = question_set WHERE text <> ''
                    UNION ALL
                    SELECT discussion, 'conclusion', CAST(id AS TEXT), '', created_at FROM resolutions
                    WHERE reopened_at IS NULL AND json_extract(data, '$.conclusion') <> 'no conclusion'
                ) AS said
                JOIN search_texts AS topics ON topics.kind = 'topic' AND topics.source = said.discussion
                WHERE true;

                INSERT INTO search (search) VALUES ('rebuild');
                """
        )
    }

    private static func follow(_ db: Database) throws {
        let finishes = "NEW.finished AND (NOT OLD.finished OR NEW.content IS NOT OLD.content)"
        let changes = "OLD.finished AND (NOT NEW.finished OR NEW.content IS NOT OLD.content)"
        let ofSet = "(SELECT discussion FROM question_sets WHERE id = NEW.question_set)"
        try db.execute(
            sql: """
                CREATE TRIGGER search_topic AFTER INSERT ON discussions BEGIN
                    INSERT INTO search_texts (id, discussion, kind, source) VALUES (
                        ((SELECT coalesce(max(id), 0) FROM search_texts) >> \(bits)) + 1 << \(bits),
                        NEW.id, 'topic', NEW.id
                    );
                    \(enter("topic", "NEW.id"))
                END;
                CREATE TRIGGER search_topic_erased BEFORE DELETE ON discussions BEGIN
                    \(remove("topic", "OLD.id"))
                END;

                CREATE TRIGGER search_message_inserted AFTER INSERT ON messages WHEN NEW.finished BEGIN
                    \(add("message", "NEW.id", of: "NEW.discussion"))
                END;
                -- What is being said is indexed once, when it is finished.
                CREATE TRIGGER search_message_finished AFTER UPDATE OF content, finished ON messages
                WHEN \(finishes) BEGIN
                    \(add("message", "NEW.id", of: "NEW.discussion"))
                END;
                CREATE TRIGGER search_message_changed BEFORE UPDATE OF content, finished ON messages
                WHEN \(changes) BEGIN
                    \(remove("message", "OLD.id"))
                END;
                CREATE TRIGGER search_message_erased BEFORE DELETE ON messages WHEN OLD.finished BEGIN
                    \(remove("message", "OLD.id"))
                END;

                CREATE TRIGGER search_input AFTER INSERT ON user_inputs BEGIN
                    \(add("input", "CAST(NEW.id AS TEXT)", of: "NEW.discussion"))
                END;
                CREATE TRIGGER search_input_erased BEFORE DELETE ON user_inputs BEGIN
                    \(remove("input", "CAST(OLD.id AS TEXT)"))
                END;

                CREATE TRIGGER search_answer AFTER INSERT ON answers WHEN NEW.text <> '' BEGIN
                    \(add("answer", "NEW.question_set", "NEW.question", of: ofSet))
                END;
                CREATE TRIGGER search_answer_erased BEFORE DELETE ON answers BEGIN
                    \(remove("answer", "OLD.question_set", "OLD.question"))
                END;

                CREATE TRIGGER search_conclusion AFTER INSERT ON resolutions
                WHEN NEW.reopened_at IS NULL AND json_extract(NEW.data, '$.conclusion') <> 'no conclusion' BEGIN
                    \(add("conclusion", "CAST(NEW.id AS TEXT)", of: "NEW.discussion"))
                END;
                -- Pages show it no more.
                CREATE TRIGGER search_conclusion_reopened BEFORE UPDATE OF reopened_at ON resolutions
                WHEN NEW.reopened_at IS NOT NULL BEGIN
                    \(remove("conclusion", "CAST(OLD.id AS TEXT)"))
                END;
                CREATE TRIGGER search_conclusion_erased BEFORE DELETE ON resolutions BEGIN
                    \(remove("conclusion", "CAST(OLD.id AS TEXT)"))
                END;
                """
        )
    }

    /// A trigger's body that numbers a text within its discussion and indexes it.
    ///
    /// A discussion with a million texts gets no more of them: a number beyond would be another's.
    private static func add(
        _ kind: String,
        _ source: String,
        _ part: String = "''",
        of discussion: String
    ) -> String {
        """
        INSERT INTO search_texts (id, discussion, kind, source, part)
        SELECT texts.id + 1, texts.discussion, '\(kind)', \(source), \(part)
        FROM search_texts AS topics JOIN search_texts AS texts ON texts.id = (
            SELECT max(id) FROM search_texts
            WHERE id BETWEEN topics.id AND topics.id + (1 << \(bits)) - 1
        )
        WHERE topics.kind = 'topic' AND topics.source = \(discussion) AND topics.part = ''
            AND texts.id + 1 < topics.id + (1 << \(bits));
        \(enter(kind, source, part))
        """
    }

    private static func enter(_ kind: String, _ source: String, _ part: String = "''") -> String {
        """
        INSERT INTO search (rowid, owner, body) SELECT id, owner, body FROM search_content
        WHERE kind = '\(kind)' AND source = \(source) AND part = \(part);
        """
    }

    /// A trigger's body that takes a text out, before its row is gone: the index asks for the words it was
    /// given.
    private static func remove(_ kind: String, _ source: String, _ part: String = "''") -> String {
        """
        INSERT INTO search (search, rowid, owner, body)
        SELECT 'delete', id, owner, body FROM search_content
        WHERE kind = '\(kind)' AND source = \(source) AND part = \(part);
        DELETE FROM search_texts WHERE kind = '\(kind)' AND source = \(source) AND part = \(part);
        """
    }
}
