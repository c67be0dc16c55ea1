/// Where a discussion stands, by what was told of it, for whoever waits until it is the person's turn.
public struct DiscussionStanding: Sendable, Hashable {
    /// `running`, `waiting` or `resolved`; nil before anything was told.
    public private(set) var status: String?
    /// What the last step failed of.
    public private(set) var failure: Failure?
    public private(set) var isDeleted = false
    private var cursor: Int

    public struct Failure: Sendable, Hashable {
        public let code: String
        public let message: String
    }

    /// Of a discussion that is followed from `cursor`.
    public init(after cursor: Int = 0, status: String? = nil) {
        self.cursor = cursor
        self.status = status
    }

    /// Whether nothing runs: the person is to act, or the discussion is resolved.
    public var isAtRest: Bool { status == "waiting" || status == "resolved" }

    /// Takes in what an event tells, unless it is older than what is known.
    public mutating func apply(_ event: DiscussionEvent) {
        guard event.id > cursor else { return }
        cursor = event.id
        if let status = event.status {
            self.status = status
            // A new step: what became of the one before is past.
            if status == "running" { failure = nil }
        }
        switch event.body {
        case .error(let code, let message): failure = Failure(code: code, message: message)
        case .discussionDeleted: isDeleted = true
        case .discussionRestored: isDeleted = false
        default: break
        }
    }

    /// Takes in a discussion that was fetched anew.
    public mutating func apply(_ snapshot: DiscussionSnapshot) {
        cursor = snapshot.cursor
        status = snapshot.status
        failure = nil
        isDeleted = false
    }
}
