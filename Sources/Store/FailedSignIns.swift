package import Foundation
import GRDB

/// How often a sign-in under a name has failed since the last good one.
package struct FailedSignIns: Sendable, Hashable {
    package let count: Int
    package let at: Date
}

extension StoreReader {
    package func findFailedSignIns(nameHash: String) throws -> FailedSignIns? {
        try Row.fetchOne(
            db,
            sql: "SELECT failures, at FROM failed_sign_ins WHERE name_hash = ?",
            arguments: [nameHash]
        ).map { FailedSignIns(count: $0["failures"], at: Date(milliseconds: $0["at"])) }
    }
}

extension StoreWriter {
    /// A name that nobody tried for so long begins anew.
    private static let remembered: TimeInterval = 86_400
    /// Whoever tries invented names must not fill the database; the oldest go.
    private static let mostNames = 10_000

    /// Counts a try under a name before its password is checked, so that tries at once are counted too.
    package func insertFailedSignIn(nameHash: String) throws {
        try db.execute(
            sql: "DELETE FROM failed_sign_ins WHERE at < ?",
            arguments: [now.addingTimeInterval(-Self.remembered).milliseconds]
        )
        try db.execute(
            sql: """
                INSERT INTO failed_sign_ins (name_hash, failures, at) VALUES (?1, 1, ?2)
                ON CONFLICT (name_hash) DO UPDATE SET failures = failures + 1, at = ?2
                """,
            arguments: [nameHash, now.milliseconds]
        )
        try db.execute(
            sql: """
                DELETE FROM failed_sign_ins WHERE name_hash IN
                    (SELECT name_hash FROM failed_sign_ins ORDER BY at DESC LIMIT -1 OFFSET ?)
                """,
            arguments: [Self.mostNames]
        )
    }

    /// A try that was counted and could not be checked.
    package func takeBackFailedSignIn(nameHash: String) throws {
        try db.execute(
            sql: "UPDATE failed_sign_ins SET failures = failures - 1 WHERE name_hash = ? AND failures > 0",
            arguments: [nameHash]
        )
    }

    /// The name's person has come in.
    package func deleteFailedSignIns(nameHash: String) throws {
        try db.execute(sql: "DELETE FROM failed_sign_ins WHERE name_hash = ?", arguments: [nameHash])
    }
}
