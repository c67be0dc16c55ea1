import Foundation
import GRDB

extension DatabaseFile {
    /// What can be seen of a database while others work on it.
    package struct Look: Sendable, Hashable {
        package let bytes: Int
        /// The write-ahead log's.
        package let logBytes: Int
        /// The last migration that it has seen.
        package let schema: String
        /// It has seen migrations that this program does not know.
        package let isNewer: Bool
    }

    /// Reads the whole database once, on a connection that cannot write.
    ///
    /// - Throws: ``Damaged``, or what SQLite says.
    package static func look(_ path: String) async throws -> Look {
        try await onThread {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? database.close() }
            return try database.read { db in
                let found = try String.fetchAll(db, sql: "PRAGMA quick_check(3)")
                guard found == ["ok"] else { throw Damaged(description: found.joined(separator: "; ")) }
                guard try db.tableExists("discussions") else {
                    throw Damaged(description: "it is not Parley's database")
                }
                return Look(
                    bytes: size(path),
                    logBytes: size(path + "-wal"),
                    schema: try Migrations.all.appliedMigrations(db).last ?? "",
                    isNewer: try Migrations.all.hasBeenSuperseded(db)
                )
            }
        }
    }

    private static func size(_ path: String) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }
}
