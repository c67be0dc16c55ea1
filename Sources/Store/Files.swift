package import Domain
import GRDB

extension StoreReader {
    /// The files of a discussion, in the order in which they came.
    package func listFiles(of discussion: DiscussionID) throws -> [DiscussionFile] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT id, name, type, size, sha256, state, pages, pages_read, characters, kept, reading
                FROM files
                WHERE discussion = ? ORDER BY number
                """,
            arguments: [discussion.rawValue]
        ).map(file)
    }

    /// The file, if its discussion is this person's and is not deleted.
    package func findFile(_ id: FileID, of person: PersonID) throws -> DiscussionFile? {
        try Row.fetchOne(
            db,
            sql: """
                SELECT files.* FROM files JOIN discussions ON discussions.id = files.discussion
                WHERE files.id = ? AND owner = ? AND deleted_at IS NULL
                """,
            arguments: [id.rawValue, person.rawValue]
        ).map(file)
    }

    /// What models may be given of each file of a discussion.
    package func listFileTexts(of discussion: DiscussionID) throws -> [FileID: String] {
        try Row.fetchAll(
            db,
            sql: "SELECT id, text FROM files WHERE discussion = ?",
            arguments: [discussion.rawValue]
        ).reduce(into: [:]) { $0[FileID(rawValue: $1["id"])] = $1["text"] }
    }

    /// Which providers were given which files of a discussion.
    package func listFileViews(of discussion: DiscussionID) throws -> [FileView] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT file_views.* FROM file_views JOIN files ON files.id = file
                WHERE discussion = ? ORDER BY number, provider, model
                """,
            arguments: [discussion.rawValue]
        ).map { row in
            FileView(
                file: FileID(rawValue: row["file"]),
                provider: try row.value("provider"),
                model: row["model"],
                characters: row["characters"],
                asPicture: row["as_picture"]
            )
        }
    }

    /// Those of `ids` that no discussion has.
    package func listUnknownFiles(_ ids: [FileID]) throws -> [FileID] {
        try ids.filter { id in
            try Bool.fetchOne(db, sql: "SELECT 1 FROM files WHERE id = ?", arguments: [id.rawValue]) == nil
        }
    }

    private func file(_ row: Row) throws -> DiscussionFile {
        DiscussionFile(
            id: FileID(rawValue: row["id"]),
            name: row["name"],
            type: try row.value("type"),
            size: row["size"],
            state: try row.value("state"),
            sha256: row["sha256"],
            pages: row["pages"],
            pagesRead: row["pages_read"],
            characters: row["characters"],
            kept: row["kept"],
            reading: try row.value("reading")
        )
    }
}

extension StoreWriter {
    /// A file of the discussion, and what models may be given of it.
    package func insert(_ new: NewFile, of discussion: DiscussionID) throws {
        let file = new.file
        try db.execute(
            sql: """
                INSERT INTO files
                    (id, discussion, name, type, size, sha256, state, pages, pages_read, characters, kept,
                    reading, text, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                file.id.rawValue, discussion.rawValue, file.name, file.type.rawValue, file.size,
                file.sha256, file.state.rawValue, file.pages, file.pagesRead, file.characters, file.kept,
                file.reading.rawValue, new.text, now.milliseconds,
            ]
        )
    }

    /// A provider is about to be given a file.
    package func insert(_ view: FileView) throws {
        try db.execute(
            sql: """
                INSERT INTO file_views (file, provider, model, characters, as_picture) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (file, provider, model) DO UPDATE SET
                    characters = max(characters, excluded.characters),
                    as_picture = max(as_picture, excluded.as_picture)
                """,
            arguments: [
                view.file.rawValue, view.provider.rawValue, view.model, view.characters, view.asPicture,
            ]
        )
    }
}
