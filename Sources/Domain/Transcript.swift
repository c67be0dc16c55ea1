/// A discussion with what was said, as one read of the store saw it.
package struct Transcript: Sendable, Hashable, Codable {
    package let discussion: Discussion
    package let rounds: [Round]
    /// Oldest first; the last one stands in for the rounds that it covers, and is the only one where not all
    /// rounds were read.
    package let summaries: [Summary]
    /// How it ended; nil while it has not, or was opened again.
    package let resolution: Resolution?
    /// In the order in which they came.
    package let files: [DiscussionFile]
    /// The newest event that this snapshot contains.
    package let cursor: Int

    package init(
        discussion: Discussion,
        rounds: [Round],
        summaries: [Summary] = [],
        resolution: Resolution? = nil,
        files: [DiscussionFile] = [],
        cursor: Int
    ) {
        self.discussion = discussion
        self.rounds = rounds
        self.summaries = summaries
        self.resolution = resolution
        self.files = files
        self.cursor = cursor
    }

    /// The message that is being spoken, if one is.
    package var speaking: Message? {
        rounds.last?.messages.last { !$0.finished }
    }

    /// The state that ``RoundMachine`` goes on from.
    package var machine: RoundMachine {
        RoundMachine(
            status: discussion.status,
            activity: discussion.activity,
            panelSize: discussion.panel.seats.count,
            round: rounds.last?.number ?? 0,
            roundComplete: rounds.last?.complete ?? true,
            finishedSeats: rounds.last?.messages.filter(\.finished).count ?? 0,
            roundLimit: discussion.roundLimit,
            questions: rounds.last?.questionSet == nil
                ? .none : rounds.last?.answers == nil ? .open : .answered
        )
    }
}
