package import Domain
import Foundation
import GRDB

extension StoreReader {
    /// Whether this version keeps files.
    private var hasFiles: Bool { get throws { try db.tableExists("files") } }

    /// The discussion's files, in the order in which they came.
    func listKeptFiles(of id: DiscussionID) throws -> [KeptFile] {
        guard try hasFiles else { return [] }
        return try Row.fetchAll(
            db,
            sql: "SELECT * FROM files WHERE discussion = ? ORDER BY number",
            arguments: [id.rawValue]
        ).map { row in
            KeptFile(
                id: row["id"],
                name: row["name"],
                type: row["type"],
                size: row["size"],
                sha256: row["sha256"],
                state: row["state"],
                pages: row["pages"],
                pagesRead: row["pages_read"],
                characters: row["characters"],
                kept: row["kept"],
                reading: row["reading"],
                text: row["text"],
                createdAt: Date(milliseconds: row["created_at"]),
                views: try listViews(of: row["id"])
            )
        }
    }

    private func listViews(of file: String) throws -> [KeptFile.View] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM file_views WHERE file = ? ORDER BY provider, model",
            arguments: [file]
        ).map { row in
            .init(
                provider: try row.value("provider"),
                model: row["model"],
                characters: row["characters"],
                asPicture: row["as_picture"]
            )
        }
    }

    /// Whether none of the files' ids belongs to another discussion.
    func areFree(_ files: [KeptFile], for id: DiscussionID) throws -> Bool {
        guard try hasFiles else { return true }
        return try !files.contains { file in
            try Bool.fetchOne(
                db,
                sql: "SELECT 1 FROM files WHERE id = ? AND discussion <> ?",
                arguments: [file.id, id.rawValue]
            ) == true
        }
    }
}

extension StoreWriter {
    func insert(_ file: KeptFile, of id: DiscussionID) throws {
        try db.execute(
            sql: """
                INSERT INTO files (id, discussion, name, type, size, sha256, state, pages, pages_read,
                    characters, kept, reading, text, created_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                file.id, id.rawValue, file.name, file.type, file.size, file.sha256, file.state, file.pages,
                file.pagesRead, file.characters, file.kept, file.reading, file.text,
                file.createdAt.milliseconds,
            ]
        )
        for view in file.views {
            try db.execute(
                sql: """
                    INSERT INTO file_views (file, provider, model, characters, as_picture)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [file.id, view.provider.rawValue, view.model, view.characters, view.asPicture]
            )
        }
    }

    /// Erases the discussion's files with what is known of them; their bytes are not the store's.
    func eraseFiles(of id: DiscussionID) throws {
        guard try db.tableExists("files") else { return }
        try db.execute(
            sql: "DELETE FROM file_views WHERE file IN (SELECT id FROM files WHERE discussion = ?)",
            arguments: [id.rawValue]
        )
        try db.execute(sql: "DELETE FROM files WHERE discussion = ?", arguments: [id.rawValue])
    }
}

extension DatabaseFile {
    /// A file whose bytes lie outside the database.
    package struct Content: Sendable, Hashable {
        package let id: String
        package let discussion: DiscussionID
        package let owner: PersonID
        package let sha256: String
    }

    /// The files that a database names.
    static func contents(_ db: Database) throws -> [Content] {
        guard try db.tableExists("files") else { return [] }
        return try Row.fetchAll(
            db,
            sql: """
                SELECT files.id, files.sha256, discussion, owner FROM files
                JOIN discussions ON discussions.id = discussion ORDER BY number
                """
        ).map { row in
            Content(
                id: row["id"],
                discussion: DiscussionID(rawValue: row["discussion"]),
                owner: PersonID(rawValue: row["owner"]),
                sha256: row["sha256"]
            )
        }
    }
}
