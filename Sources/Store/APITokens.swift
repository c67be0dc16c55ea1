package import Domain
package import Foundation
import GRDB

/// A token with the account that it belongs to.
package struct FoundToken: Sendable {
    package let token: APIToken
    package let account: Account
}

extension StoreReader {
    /// The token of this hash, expired or not.
    package func findToken(hash: String) throws -> FoundToken? {
        let row = try Row.fetchOne(
            db,
            sql: "SELECT * FROM api_tokens WHERE hash = ?",
            arguments: [hash]
        )
        guard let row, let account = try findAccount(PersonID(rawValue: row["person"])) else { return nil }
        return FoundToken(token: APIToken(row), account: account)
    }

    /// The person's tokens, the newest first.
    package func listTokens(of person: PersonID) throws -> [APIToken] {
        try Row.fetchAll(
            db,
            sql: "SELECT * FROM api_tokens WHERE person = ? ORDER BY created_at DESC, id",
            arguments: [person.rawValue]
        ).map(APIToken.init)
    }

    /// Everybody's tokens, by name.
    package func listTokens() throws -> [FoundToken] {
        try listAccounts().flatMap { account in
            try listTokens(of: account.person.id).map { FoundToken(token: $0, account: account) }
        }
    }
}

extension StoreWriter {
    package func insert(_ token: APIToken, hash: String, of person: PersonID) throws {
        try db.execute(
            sql: """
                INSERT INTO api_tokens (id, hash, person, read_only, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                token.id.rawValue, hash, person.rawValue, token.isReadOnly, token.createdAt.milliseconds,
                token.expiresAt?.milliseconds,
            ]
        )
    }

    package func update(token id: APITokenID, usedAt: Date) throws {
        try db.execute(
            sql: "UPDATE api_tokens SET used_at = ? WHERE id = ?",
            arguments: [usedAt.milliseconds, id.rawValue]
        )
    }

    /// Everybody's.
    ///
    /// - Returns: how many there were.
    package func deleteTokens() throws -> Int {
        try db.execute(sql: "DELETE FROM api_tokens")
        return db.changesCount
    }

    /// - Returns: whether there was one.
    package func deleteToken(_ id: APITokenID) throws -> Bool {
        try db.execute(sql: "DELETE FROM api_tokens WHERE id = ?", arguments: [id.rawValue])
        return db.changesCount > 0
    }
}

extension APIToken {
    fileprivate init(_ row: Row) {
        self.init(
            id: APITokenID(rawValue: row["id"]),
            isReadOnly: row["read_only"],
            createdAt: Date(milliseconds: row["created_at"]),
            expiresAt: (row["expires_at"] as Int64?).map(Date.init(milliseconds:)),
            usedAt: (row["used_at"] as Int64?).map(Date.init(milliseconds:))
        )
    }
}
