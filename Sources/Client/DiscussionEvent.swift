/// One entry of a discussion's log.
public struct DiscussionEvent: Sendable {
    public let id: Int
    /// The name in the log, such as `round-start`; new ones may come with new versions of the site.
    public let type: String
    public let discussionId: String
    /// ISO 8601.
    public let at: String
    public let body: Body
    /// Where the discussion stands since this event: `running`, `waiting` or `resolved`; nil if it did not move.
    public let status: String?
    /// The event as the site sent it, on one line.
    public let json: String

    /// What the event tells; docs/EVENTS.md describes each.
    public enum Body: Sendable, Hashable {
        case discussionStarted(topic: String, panel: [PanelSeat])
        /// A step was asked for; place 0: it runs.
        case queued(place: Int)
        case roundStart(round: Int)
        case messageStart(MessageStart)
        /// The offset is counted in bytes of UTF-8.
        case messageChunk(messageId: String, offset: Int, text: String)
        case messageRestart(messageId: String, provider: String, model: String)
        case messageComplete(SpokenMessage)
        case roundComplete(round: Int)
        case userInput(round: Int, input: String)
        case questionsGenerated(round: Int, QuestionSet)
        case answersSubmitted(round: Int, [Answer])
        case summaryCreated(Summary)
        case discussionResolved(Resolution)
        case discussionReopened
        case discussionStopped
        case discussionDeleted
        case discussionRestored
        case fileAdded(name: String)
        /// The step has failed.
        case error(code: String, message: String)
        /// A type that this version does not know, or with other data than it knows.
        case other
    }

    public struct MessageStart: Sendable, Hashable, Decodable {
        public let messageId: String
        public let round: Int
        public let seat: Int
        public let persona: String
        public let turn: Int
        public let provider: String
        public let model: String
    }
}
