package import Foundation

/// Where a discussion stands.
///
/// `waiting` is the only state that waits for the person.
package enum DiscussionStatus: String, Sendable, Hashable, Codable {
    case running
    case waiting
    case resolved
}

/// What is being done while a discussion is `running`.
package enum Activity: String, Sendable, Hashable, Codable {
    case round
    case questions
    case summary
    case resolution
}

/// A topic, the panel that talks about it, and where that stands.
///
/// What was said is in its rounds.
package struct Discussion: Sendable, Hashable, Codable {
    package let id: DiscussionID
    package let owner: PersonID
    package let topic: String
    package let place: Place
    package let panel: Panel
    package var status: DiscussionStatus
    package var activity: Activity?
    /// After this round it is resolved, agreed or not.
    package var roundLimit: Int
    /// Raised in every transaction that changes what a page shows.
    package var version: Int
    package let createdAt: Date
    package var updatedAt: Date
    /// So far.
    package var cost: Cost

    package init(
        id: DiscussionID,
        owner: PersonID,
        topic: String,
        place: Place,
        panel: Panel,
        status: DiscussionStatus,
        activity: Activity?,
        roundLimit: Int,
        version: Int = 1,
        createdAt: Date,
        updatedAt: Date,
        cost: Cost = Cost()
    ) {
        self.id = id
        self.owner = owner
        self.topic = topic
        self.place = place
        self.panel = panel
        self.status = status
        self.activity = activity
        self.roundLimit = roundLimit
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.cost = cost
    }

    /// The topic's first line, cut at a word to at most 120 characters: what lists and titles show.
    package var title: String { Self.title(of: topic) }

    /// See ``title``.
    package static func title(of topic: String) -> String {
        let limit = 120
        let line = topic.prefix { $0 != "\n" }
        guard line.count > limit || line.count < topic.count else { return topic }
        guard line.count > limit else { return line + " …" }
        let cut = line.prefix(limit)
        let atWord = cut.lastIndex(of: " ").map { cut[..<$0] } ?? cut
        return (atWord.count > limit / 2 ? atWord : cut) + " …"
    }
}
