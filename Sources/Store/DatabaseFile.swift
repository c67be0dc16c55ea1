import Dispatch
package import Domain
import Foundation
import GRDB
import Support
import Synchronization

/// A database as a file: copied, checked, and made ready to take another's place.
package enum DatabaseFile {
    /// What stands in a database, for a backup's manifest.
    package struct Facts: Sendable, Hashable, Codable {
        /// The newest event's number; 0 before the first.
        package let lastEvent: Int
        /// The last migration that it has seen.
        package let schema: String
        /// Rows by table.
        package let rows: [String: Int]
    }

    /// The file is not a whole database of ours.
    package struct Damaged: LoggedError, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Pages that are copied in one step: 1 MB, after which the disk is somebody else's for a moment.
    private static let pagesPerStep: CInt = 256

    /// Copies the database at `path` into a file of its own, as one instant of it, while others write.
    ///
    /// - Throws: ``Damaged`` if the copy does not pass SQLite's integrity check; `CancellationError`, between
    ///   two steps.
    package static func copy(_ path: String, to copy: String) async throws -> Facts {
        let stop = Stop()
        return try await withTaskCancellationHandler {
            try await self.copy(path, to: copy, until: stop)
        } onCancel: {
            stop.isSet.withLock { $0 = true }
        }
    }

    private final class Stop: Sendable {
        let isSet = Mutex(false)
    }

    private static func copy(_ path: String, to copy: String, until stop: Stop) async throws -> Facts {
        try await onThread {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            configuration.label = "parley-backup"
            configuration.busyMode = .timeout(5)
            // A connection of its own, so that no reader of the pages waits for it. In WAL mode its read
            // transaction holds up no writer, and no writer makes it begin anew.
            let source = try DatabaseQueue(path: path, configuration: configuration)
            let target = try DatabaseQueue(path: copy)
            try target.writeWithoutTransaction { copy in
                try source.read { db in
                    // Only a read begins the transaction; without one each step would see what was written
                    // since, and the copy would begin anew with every write.
                    _ = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_schema")
                    try db.backup(to: copy, pagesPerStep: pagesPerStep) { _ in
                        if stop.isSet.withLock({ $0 }) { throw CancellationError() }
                    }
                }
            }
            // One file, not three.
            try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try source.close()
            try target.close()
            return try facts(copy)
        }
    }

    /// Checks a database that nobody has open.
    ///
    /// - Throws: ``Damaged``.
    package static func check(_ path: String) async throws -> Facts {
        try await onThread { try facts(path) }
    }

    private static func facts(_ path: String) throws -> Facts {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? database.close() }
            return try database.read { db in
                let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(3)")
                guard found == ["ok"] else {
                    throw Damaged(description: "integrity check: \(found.joined(separator: "; "))")
                }
                guard try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else {
                    throw Damaged(description: "it has rows that belong to nothing")
                }
                return try facts(db)
            }
        } catch let error as DatabaseError {
            throw Damaged(description: error.message ?? "it is not a database")
        }
    }

    private static func facts(_ db: Database) throws -> Facts {
        let tables = try String.fetchAll(
            db,
            sql: """
                SELECT name FROM pragma_table_list
                WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name
                """
        )
        guard tables.contains("discussions") else {
            throw Damaged(description: "it is not Parley's database")
        }
        var rows: [String: Int] = [:]
        for table in tables { rows[table] = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM \"\(table)\"") }
        return Facts(
            lastEvent: try StoreReader(db: db).newestEvent(),
            schema: try Migrations.all.appliedMigrations(db).last ?? "",
            rows: rows
        )
    }

    /// What SQLite said, for the operator, without the statement or its values; nil for other errors.
    package static func words(_ error: any Error) -> String? {
        guard let error = error as? DatabaseError else { return nil }
        // A failed copy leaves the connection without words of its own.
        let message = error.message.flatMap { $0 == "not an error" ? nil : $0 }
        return "the database: \(message ?? "\(error.extendedResultCode)")"
    }

    /// SQLite's calls wait for the disk: off the cooperative pool.
    static func onThread<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
        }
    }
}

extension DatabaseFile {
    /// What was done to a database to make it the site's own.
    package struct Prepared: Sendable, Hashable {
        /// The newest event before, and the number that the log goes on above.
        package let lastEvent: Int
        package let continuesAbove: Int
        /// Discussions that were erased after the snapshot, and are again.
        package let erased: [DiscussionID]
        /// The files that it names, whose bytes must lie beside it.
        package let files: [Content]
        /// How many tokens of scripts were deleted.
        package let tokens: Int
    }

    /// So far above its last event a restored log goes on: more than any log can have grown since.
    package static let gap = 1_000_000_000

    /// Makes a copy of a snapshot ready to be the site's database: brought to this version, with a gap in the
    /// log that tells lost cursors, and without what was erased since.
    package static func prepare(_ path: String, erased: Set<DiscussionID>) async throws -> Prepared {
        try await onThread {
            let database = try DatabaseQueue(path: path)
            defer { try? database.close() }
            // What is erased here must not stay readable in free pages.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = ON") }
            try Migrations.all.migrate(database)
            return try database.write { db in
                let writer = StoreWriter(db: db, now: Date())
                let gone = try erased.filter { try writer.reader.isKept($0) }
                for id in gone { try writer.erase(id) }
                // The index's segments keep words of what was erased until they are merged.
                if !gone.isEmpty { try db.execute(sql: "INSERT INTO search(search) VALUES ('rebuild')") }
                try db.execute(sql: "UPDATE discussions SET lease_holder = NULL, lease_until = NULL")
                // Some of them were ended or revoked since the snapshot; everybody signs in anew.
                try writer.deleteSessions(begunBefore: .distantFuture)
                let tokens = try writer.deleteTokens()
                let last = try writer.reader.newestEvent()
                try writer.continueLog(after: last, above: last + gap)
                return Prepared(
                    lastEvent: last,
                    continuesAbove: last + gap,
                    erased: gone.sorted { $0.rawValue < $1.rawValue },
                    files: try contents(db),
                    tokens: tokens
                )
            }
        }
    }

    /// Folds the write-ahead log of a database that nobody has open into its file.
    ///
    /// Left beside another database it would be taken for that one's.
    package static func fold(_ path: String) async throws {
        try await onThread {
            let database = try DatabaseQueue(path: path)
            try database.writeWithoutTransaction { db in
                _ = try Row.fetchAll(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                _ = try Row.fetchAll(db, sql: "PRAGMA journal_mode = DELETE")
            }
            try database.close()
        }
    }
}
