extension EventBody {
    /// Where the discussion stands from this event on; nil where the event does not move it.
    package var standing: (status: DiscussionStatus, activity: Activity?)? {
        switch self {
        case .discussionStarted(let payload): (payload.status, payload.activity)
        case .roundStart(let payload): (payload.status, payload.activity)
        case .queued(let payload): (payload.status, payload.activity)
        case .roundComplete(let payload): (payload.status, payload.activity)
        case .userInput(let payload): (payload.status, payload.activity)
        case .questionsGenerated(let payload): (payload.status, payload.activity)
        case .answersSubmitted(let payload): (payload.status, payload.activity)
        case .summaryCreated(let payload): (payload.status, payload.activity)
        case .discussionResolved(let payload): (payload.status, payload.activity)
        case .discussionReopened(let payload), .discussionStopped(let payload),
            .discussionDeleted(let payload), .discussionRestored(let payload):
            (payload.status, payload.activity)
        case .error(let payload): (payload.status, payload.activity)
        case .messageStart, .messageChunk, .messageRestart, .messageComplete, .fileAdded: nil
        }
    }
}
