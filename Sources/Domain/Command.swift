package import Foundation

/// What a person asked for, once: the id names the command, however often it is sent.
package struct Command: Sendable, Hashable {
    /// Chosen by the sender; 1 to 128 visible ASCII characters.
    package let id: String
    /// The event-like name of the contract, `start-dialogue` and so on.
    package let name: String
    package let person: PersonID
    /// Over the route, the discussion and the parsed fields.
    ///
    /// The same id with another hash is a conflict.
    package let hash: String

    package init(id: String, name: String, person: PersonID, hash: String) {
        self.id = id
        self.name = name
        self.person = person
        self.hash = hash
    }

    /// The longest id that is accepted: room for any UUID or hash in hex.
    package static let longestID = 128

    /// Whether `id` may be used.
    package static func isValid(id: String) -> Bool {
        (1...longestID).contains(id.utf8.count) && id.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

/// The answer to an accepted command, committed with its effect.
package struct Acknowledgement: Sendable, Hashable {
    /// The command's name.
    package let event: String
    /// The command's id.
    package let id: String
    package let discussion: DiscussionID
    /// The newest event of the command's transaction.
    package let cursor: Int
    /// The command had been accepted before.
    package var replayed: Bool
    /// When it was accepted.
    package let acceptedAt: Date

    package init(
        event: String,
        id: String,
        discussion: DiscussionID,
        cursor: Int,
        replayed: Bool,
        acceptedAt: Date
    ) {
        self.event = event
        self.id = id
        self.discussion = discussion
        self.cursor = cursor
        self.replayed = replayed
        self.acceptedAt = acceptedAt
    }
}
