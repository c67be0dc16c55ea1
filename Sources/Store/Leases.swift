package import Domain
package import Foundation
import GRDB

/// A discussion is run by one engine at a time, also when two responders share the database.
package enum Lease {
    /// How long a lease holds unless it is renewed.
    package static let length: TimeInterval = 10
}

/// The discussion was stopped, deleted, or taken over: what was being done for it no longer counts.
package struct LeaseLost: Error {
    package init() {}
}

extension StoreReader {
    /// Running discussions that no living engine works on, with their owners, longest waiting first.
    ///
    /// - Parameter isAlive: whether the process that holds a lease still lives.
    package func listOrphans(
        at now: Date,
        isAlive: (_ holder: String) -> Bool
    ) throws -> [(id: DiscussionID, owner: PersonID)] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT id, owner, lease_holder, lease_until FROM discussions
                WHERE status = 'running' AND deleted_at IS NULL ORDER BY updated_at
                """
        ).filter { row in
            guard let holder: String = row["lease_holder"], let until: Int64 = row["lease_until"] else {
                return true
            }
            return until < now.milliseconds || !isAlive(holder)
        }.map { (DiscussionID(rawValue: $0["id"]), PersonID(rawValue: $0["owner"])) }
    }
}

extension StoreWriter {
    /// Takes the discussion's lease for `holder`.
    ///
    /// - Returns: false when another living engine has it, or the discussion does not run.
    package func takeLease(
        on discussion: DiscussionID,
        for holder: String,
        isAlive: (_ holder: String) -> Bool
    ) throws -> Bool {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT lease_holder, lease_until FROM discussions
                WHERE id = ? AND status = 'running' AND deleted_at IS NULL
                """,
            arguments: [discussion.rawValue]
        )
        guard let row else { return false }
        if let other: String = row["lease_holder"], other != holder, let until: Int64 = row["lease_until"],
            until >= now.milliseconds, isAlive(other)
        {
            return false
        }
        try db.execute(
            sql: "UPDATE discussions SET lease_holder = ?, lease_until = ? WHERE id = ?",
            arguments: [holder, leaseEnd, discussion.rawValue]
        )
        return true
    }

    /// Makes all leases of `holder` last longer.
    package func renewLeases(of holder: String) throws {
        try db.execute(
            sql: "UPDATE discussions SET lease_until = ? WHERE lease_holder = ?",
            arguments: [leaseEnd, holder]
        )
    }

    /// Gives the lease back.
    package func releaseLease(on discussion: DiscussionID, of holder: String) throws {
        try db.execute(
            sql: """
                UPDATE discussions SET lease_holder = NULL, lease_until = NULL
                WHERE id = ? AND lease_holder = ?
                """,
            arguments: [discussion.rawValue, holder]
        )
    }

    /// Takes the lease from whoever has it: what they still write for the discussion no longer counts.
    package func endLease(on discussion: DiscussionID) throws {
        try db.execute(
            sql: "UPDATE discussions SET lease_holder = NULL, lease_until = NULL WHERE id = ?",
            arguments: [discussion.rawValue]
        )
    }

    /// Makes sure, inside the transaction that writes a step's result, that the step is still wanted.
    ///
    /// - Throws: ``LeaseLost``.
    package func requireLease(on discussion: DiscussionID, of holder: String) throws {
        guard try holdsLease(on: discussion, holder) else { throw LeaseLost() }
    }

    /// Whether `holder` may write for the discussion.
    package func holdsLease(on discussion: DiscussionID, _ holder: String) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT 1 FROM discussions
                WHERE id = ? AND lease_holder = ? AND status = 'running' AND deleted_at IS NULL
                """,
            arguments: [discussion.rawValue, holder]
        ) == true
    }

    private var leaseEnd: Int64 { now.addingTimeInterval(Lease.length).milliseconds }
}
