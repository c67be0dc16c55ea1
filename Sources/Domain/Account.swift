package import Foundation

/// What somebody may do beside having discussions.
///
/// Nobody of any role reads the discussions of others.
package enum Role: String, Sendable, Hashable, CaseIterable, Codable {
    case member
    /// Also sees how the site fares and what everybody spends.
    case admin
}

/// A person as those who keep the site know them.
package struct Account: Sendable, Hashable {
    package let person: Person
    package let role: Role
    /// Nobody comes in by it; what the person has is kept.
    package let isDisabled: Bool
    package let hasPassword: Bool
    package let createdAt: Date

    package init(person: Person, role: Role, isDisabled: Bool, hasPassword: Bool, createdAt: Date) {
        self.person = person
        self.role = role
        self.isDisabled = isDisabled
        self.hasPassword = hasPassword
        self.createdAt = createdAt
    }
}

/// A browser in which somebody is signed in.
package struct Session: Sendable, Hashable {
    package let id: SessionID
    package let createdAt: Date
    /// When its person last did something, to the minute.
    package let seenAt: Date
    /// Where it was begun.
    package let address: String
    /// What the browser calls itself.
    package let agent: String

    package init(id: SessionID, createdAt: Date, seenAt: Date, address: String, agent: String) {
        self.id = id
        self.createdAt = createdAt
        self.seenAt = seenAt
        self.address = address
        self.agent = agent
    }
}

/// What a script signs in with.
package struct APIToken: Sendable, Hashable {
    package let id: APITokenID
    /// It may look, and change nothing.
    package let isReadOnly: Bool
    package let createdAt: Date
    package let expiresAt: Date?
    /// To the minute.
    package let usedAt: Date?

    package init(id: APITokenID, isReadOnly: Bool, createdAt: Date, expiresAt: Date?, usedAt: Date?) {
        self.id = id
        self.isReadOnly = isReadOnly
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.usedAt = usedAt
    }
}

package typealias SessionID = Identifier<Session>
package typealias APITokenID = Identifier<APIToken>
