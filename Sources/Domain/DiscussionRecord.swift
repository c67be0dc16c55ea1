package import Foundation

/// Everything that is kept of one discussion, as one read of the store saw it.
///
/// A ``Transcript`` is what pages and prompts go by: the newest questions, the standing conclusion. A record
/// leaves nothing out, so that the discussion can be put back from it.
package struct DiscussionRecord: Sendable, Hashable {
    package struct SpokenMessage: Sendable, Hashable {
        package let message: Message
        /// When it was about to be spoken.
        package let createdAt: Date

        package init(message: Message, createdAt: Date) {
            self.message = message
            self.createdAt = createdAt
        }
    }

    package struct RoundRecord: Sendable, Hashable {
        package let number: Int
        package let complete: Bool
        package let startedAt: Date
        package let completedAt: Date?
        package let messages: [SpokenMessage]

        package init(
            number: Int,
            complete: Bool,
            startedAt: Date,
            completedAt: Date?,
            messages: [SpokenMessage]
        ) {
            self.number = number
            self.complete = complete
            self.startedAt = startedAt
            self.completedAt = completedAt
            self.messages = messages
        }
    }

    /// A question set, also one that a newer one has replaced.
    package struct AskedQuestions: Sendable, Hashable {
        package let round: Int
        package let set: QuestionSet
        package let createdAt: Date
        package let answeredAt: Date?
        package let answers: [Answer]

        package init(
            round: Int,
            set: QuestionSet,
            createdAt: Date,
            answeredAt: Date?,
            answers: [Answer]
        ) {
            self.round = round
            self.set = set
            self.createdAt = createdAt
            self.answeredAt = answeredAt
            self.answers = answers
        }
    }

    /// What the person said, during or after a round; 0 is before the first.
    package struct Remark: Sendable, Hashable, Codable {
        package let round: Int
        package let input: String
        package let at: Date

        package init(round: Int, input: String, at: Date) {
            self.round = round
            self.input = input
            self.at = at
        }
    }

    package struct WrittenSummary: Sendable, Hashable {
        package let summary: Summary
        package let createdAt: Date

        package init(summary: Summary, createdAt: Date) {
            self.summary = summary
            self.createdAt = createdAt
        }
    }

    /// A conclusion; one that has `reopenedAt` no longer holds.
    package struct Ending: Sendable, Hashable {
        package let resolution: Resolution
        package let createdAt: Date
        package let reopenedAt: Date?

        package init(resolution: Resolution, createdAt: Date, reopenedAt: Date?) {
            self.resolution = resolution
            self.createdAt = createdAt
            self.reopenedAt = reopenedAt
        }
    }

    /// What one model was asked for, how often, and what that used.
    package struct Asked: Sendable, Hashable {
        package let provider: ProviderID
        package let model: String
        package let purpose: Usage.Purpose
        package let answers: Int
        package let cost: Cost

        package init(
            provider: ProviderID,
            model: String,
            purpose: Usage.Purpose,
            answers: Int,
            cost: Cost
        ) {
            self.provider = provider
            self.model = model
            self.purpose = purpose
            self.answers = answers
            self.cost = cost
        }
    }

    package var owner: Person
    package var discussion: Discussion
    package var deletedAt: Date?
    /// The error that the last step ended with.
    package var failure: EventBody.Failure?
    package var rounds: [RoundRecord]
    /// Oldest first, as all lists here.
    package var questionSets: [AskedQuestions]
    package var remarks: [Remark]
    package var summaries: [WrittenSummary]
    package var endings: [Ending]
    package var asked: [Asked]
    package var files: [KeptFile]
    /// The newest event that this snapshot contains.
    package var cursor: Int

    package init(
        owner: Person,
        discussion: Discussion,
        deletedAt: Date? = nil,
        failure: EventBody.Failure? = nil,
        rounds: [RoundRecord] = [],
        questionSets: [AskedQuestions] = [],
        remarks: [Remark] = [],
        summaries: [WrittenSummary] = [],
        endings: [Ending] = [],
        asked: [Asked] = [],
        files: [KeptFile] = [],
        cursor: Int
    ) {
        self.owner = owner
        self.discussion = discussion
        self.deletedAt = deletedAt
        self.failure = failure
        self.rounds = rounds
        self.questionSets = questionSets
        self.remarks = remarks
        self.summaries = summaries
        self.endings = endings
        self.asked = asked
        self.files = files
        self.cursor = cursor
    }

    /// The conclusion that holds.
    package var standing: Ending? { endings.last { $0.reopenedAt == nil } }

    /// The same as pages and prompts see it.
    package var transcript: Transcript {
        Transcript(
            discussion: discussion,
            rounds: rounds.map { round in
                let asked = questionSets.last { $0.round == round.number }
                return Round(
                    number: round.number,
                    complete: round.complete,
                    messages: round.messages.map(\.message),
                    questionSet: asked?.set,
                    answers: asked?.answeredAt == nil ? nil : asked?.answers,
                    userInput: remarks.filter { $0.round == round.number }.map(\.input)
                )
            },
            summaries: summaries.map(\.summary),
            resolution: standing?.resolution,
            cursor: cursor
        )
    }
}
