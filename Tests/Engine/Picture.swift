import Domain

/// What a client knows of a discussion: from a snapshot, or from events applied to an earlier one.
struct Picture: Equatable {
    private var panel: [Seat] = []
    private var status: DiscussionStatus?
    private var activity: Activity?
    private var rounds: [Round] = []

    /// Nothing known yet.
    init() {}

    init(_ transcript: Transcript) {
        panel = transcript.discussion.panel.seats
        status = transcript.discussion.status
        activity = transcript.discussion.activity
        rounds = transcript.rounds
        for round in rounds.indices {
            for message in rounds[round].messages.indices where !rounds[round].messages[message].finished {
                // Told only when the message is complete.
                rounds[round].messages[message].promptVersion = ""
            }
        }
    }

    mutating func apply(_ body: EventBody) {
        switch body {
        case .discussionStarted(let started):
            panel = started.panel
            (status, activity) = (started.status, started.activity)
        case .roundStart(let start):
            if rounds.last?.number != start.round {
                rounds.append(Round(number: start.round, complete: false, messages: []))
            }
            (status, activity) = (start.status, start.activity)
        case .messageStart(let start):
            let message = Message(
                id: start.messageId,
                seat: start.seat,
                persona: start.persona,
                turn: start.turn,
                content: "",
                provider: start.provider,
                model: start.model,
                fallback: Self.isFallback(start.provider, seat: start.seat, of: panel),
                promptVersion: "",
                finished: false
            )
            rounds[rounds.count - 1].messages.append(message)
        case .messageChunk(let chunk):
            change(chunk.messageId) { message in
                precondition(message.content.utf8.count == chunk.offset)
                message.content += chunk.text
            }
        case .messageRestart(let restart):
            let panel = panel
            change(restart.messageId) { message in
                message.content = ""
                message.provider = restart.provider
                message.model = restart.model
                message.fallback = Self.isFallback(restart.provider, seat: message.seat, of: panel)
            }
        case .messageComplete(let complete):
            change(complete.message.id) { $0 = complete.message }
        case .roundComplete(let complete):
            rounds[rounds.count - 1].complete = true
            (status, activity) = (complete.status, complete.activity)
        case .error(let failure):
            (status, activity) = (failure.status, failure.activity)
        case .userInput(let said):
            rounds[rounds.count - 1].userInput.append(said.input)
        case .questionsGenerated(let written):
            rounds[rounds.count - 1].questionSet = written.questionSet
            rounds[rounds.count - 1].answers = nil
        case .answersSubmitted(let submitted):
            rounds[rounds.count - 1].answers = submitted.answers
        case .queued, .summaryCreated, .discussionResolved, .discussionReopened, .discussionStopped,
            .discussionDeleted, .discussionRestored, .fileAdded:
            break
        }
        if let standing = body.standing { (status, activity) = standing }
    }

    private static func isFallback(_ provider: ProviderID, seat: Int, of panel: [Seat]) -> Bool {
        panel.first { $0.seat == seat }?.provider != provider
    }

    private mutating func change(_ id: MessageID, _ body: (inout Message) -> Void) {
        let last = rounds.count - 1
        guard let index = rounds[last].messages.firstIndex(where: { $0.id == id }) else { return }
        body(&rounds[last].messages[index])
    }
}
