package import Domain
import Foundation
import GRDB

/// There is a person of this name already, perhaps in other letters.
package struct NameTaken: Error {}

extension StoreReader {
    package func findAccount(named name: String) throws -> Account? {
        try Row.fetchOne(db, sql: "SELECT * FROM users WHERE name = ?", arguments: [name]).map(Account.init)
    }

    package func findAccount(_ id: PersonID) throws -> Account? {
        try Row.fetchOne(db, sql: "SELECT * FROM users WHERE id = ?", arguments: [id.rawValue])
            .map(Account.init)
    }

    /// Everybody, by name.
    package func listAccounts() throws -> [Account] {
        try Row.fetchAll(db, sql: "SELECT * FROM users ORDER BY name").map(Account.init)
    }

    /// The hash of the account's password.
    package func findPassword(of id: PersonID) throws -> String? {
        try String.fetchOne(db, sql: "SELECT password FROM users WHERE id = ?", arguments: [id.rawValue])
    }
}

extension StoreWriter {
    /// - Throws: ``NameTaken``.
    package func insertAccount(named name: String, role: Role, password: String?) throws -> Account {
        let isTaken = try Bool.fetchOne(
            db,
            sql: "SELECT EXISTS (SELECT 1 FROM users WHERE name = ? OR lower(name) = lower(?))",
            arguments: [name, name]
        )
        guard isTaken != true else { throw NameTaken() }
        let person = Person(id: .random(), name: name)
        try db.execute(
            sql: "INSERT INTO users (id, name, created_at, role, password) VALUES (?, ?, ?, ?, ?)",
            arguments: [person.id.rawValue, name, now.milliseconds, role.rawValue, password]
        )
        return Account(
            person: person,
            role: role,
            isDisabled: false,
            hasPassword: password != nil,
            createdAt: now
        )
    }

    /// Changes the password and ends the person's sessions, but for `kept`.
    package func update(password: String, of id: PersonID, keeping kept: SessionID? = nil) throws {
        try db.execute(
            sql: "UPDATE users SET password = ? WHERE id = ?",
            arguments: [password, id.rawValue]
        )
        try db.execute(
            sql: "DELETE FROM sessions WHERE person = ? AND id IS NOT ?",
            arguments: [id.rawValue, kept?.rawValue]
        )
    }

    /// The same password, hashed anew: nobody is signed out by it.
    ///
    /// - Parameter old: the hash that it was checked with; another one, set meanwhile, stays.
    package func update(rehashed password: String, from old: String, of id: PersonID) throws {
        try db.execute(
            sql: "UPDATE users SET password = ? WHERE id = ? AND password = ?",
            arguments: [password, id.rawValue, old]
        )
    }

    package func update(role: Role, of id: PersonID) throws {
        try db.execute(
            sql: "UPDATE users SET role = ? WHERE id = ?",
            arguments: [role.rawValue, id.rawValue]
        )
    }

    /// Lets nobody in by the account any more, or again; its sessions end, its tokens rest.
    package func update(isDisabled: Bool, of id: PersonID) throws {
        try db.execute(
            sql: "UPDATE users SET disabled_at = ? WHERE id = ?",
            arguments: [isDisabled ? now.milliseconds : nil, id.rawValue]
        )
        guard isDisabled else { return }
        try db.execute(sql: "DELETE FROM sessions WHERE person = ?", arguments: [id.rawValue])
    }

    /// A random text of this name, made when it is first asked for and kept for good.
    package func findOrInsertSecret(_ name: String, _ fresh: String) throws -> String {
        let found = try String.fetchOne(
            db,
            sql: "SELECT value FROM secrets WHERE name = ?",
            arguments: [name]
        )
        if let found { return found }
        try db.execute(sql: "INSERT INTO secrets (name, value) VALUES (?, ?)", arguments: [name, fresh])
        return fresh
    }
}

extension Account {
    init(_ row: Row) {
        self.init(
            person: Person(id: PersonID(rawValue: row["id"]), name: row["name"]),
            // A role that an older version does not know lets do less, not more.
            role: Role(rawValue: row["role"]) ?? .member,
            isDisabled: (row["disabled_at"] as Int64?) != nil,
            hasPassword: (row["password"] as String?) != nil,
            createdAt: Date(milliseconds: row["created_at"])
        )
    }
}
