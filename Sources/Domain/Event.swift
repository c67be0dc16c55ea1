package import Foundation

/// One entry of the append-only log: what changed, told in the transaction of the change.
package struct Event: Sendable {
    /// One increasing number over all discussions.
    package let id: Int
    package let discussion: DiscussionID
    package let at: Date
    package let body: EventBody

    package init(id: Int, discussion: DiscussionID, at: Date, body: EventBody) {
        self.id = id
        self.discussion = discussion
        self.at = at
        self.body = body
    }
}

/// What an event tells.
///
/// The names and fields are docs/EVENTS.md's; people script against them.
///
/// A body whose change moves the discussion carries its new `status` and `activity`, so that a
/// client that applies events ends at what it would fetch.
package enum EventBody: Sendable, Hashable {
    case discussionStarted(DiscussionStarted)
    case roundStart(RoundStart)
    case messageStart(MessageStart)
    case messageChunk(MessageChunk)
    case messageRestart(MessageRestart)
    case messageComplete(MessageComplete)
    case queued(Queued)
    case roundComplete(RoundComplete)
    case userInput(UserInput)
    case questionsGenerated(QuestionsGenerated)
    case answersSubmitted(AnswersSubmitted)
    case summaryCreated(SummaryCreated)
    case discussionResolved(DiscussionResolved)
    case discussionReopened(Standing)
    case discussionStopped(Standing)
    case discussionDeleted(Standing)
    case discussionRestored(Standing)
    case fileAdded(FileAdded)
    case error(Failure)

    package struct DiscussionStarted: Sendable, Hashable, Codable {
        package var topic: String
        package var place: Place
        package var panel: [Seat]
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?

        package init(
            topic: String,
            place: Place,
            panel: [Seat],
            status: DiscussionStatus,
            activity: Activity? = nil
        ) {
            self.topic = topic
            self.place = place
            self.panel = panel
            self.status = status
            self.activity = activity
        }
    }

    package struct RoundStart: Sendable, Hashable, Codable {
        package var round: Int
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?

        package init(round: Int, status: DiscussionStatus, activity: Activity? = nil) {
            self.round = round
            self.status = status
            self.activity = activity
        }
    }

    package struct MessageStart: Sendable, Hashable, Codable {
        package var messageId: MessageID
        package var round: Int
        package var seat: Int
        package var persona: Persona
        package var turn: Int
        package var provider: ProviderID
        package var model: String

        package init(
            messageId: MessageID,
            round: Int,
            seat: Int,
            persona: Persona,
            turn: Int,
            provider: ProviderID,
            model: String
        ) {
            self.messageId = messageId
            self.round = round
            self.seat = seat
            self.persona = persona
            self.turn = turn
            self.provider = provider
            self.model = model
        }
    }

    package struct MessageChunk: Sendable, Hashable, Codable {
        package var messageId: MessageID
        /// Where the text goes in its message, in UTF-8 bytes.
        package var offset: Int
        package var text: String

        package init(messageId: MessageID, offset: Int, text: String) {
            self.messageId = messageId
            self.offset = offset
            self.text = text
        }
    }

    package struct MessageRestart: Sendable, Hashable, Codable {
        package var messageId: MessageID
        package var provider: ProviderID
        package var model: String
        @CostSoFar package var cost: Cost

        package init(messageId: MessageID, provider: ProviderID, model: String) {
            self.messageId = messageId
            self.provider = provider
            self.model = model
        }
    }

    package struct MessageComplete: Sendable, Hashable, Codable {
        package var message: Message
        @CostSoFar package var cost: Cost

        package init(message: Message) {
            self.message = message
        }
    }

    package struct RoundComplete: Sendable, Hashable, Codable {
        package var round: Int
        package var waitingForAction: Bool
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?
        @CostSoFar package var cost: Cost

        package init(
            round: Int,
            waitingForAction: Bool,
            status: DiscussionStatus,
            activity: Activity? = nil
        ) {
            self.round = round
            self.waitingForAction = waitingForAction
            self.status = status
            self.activity = activity
        }
    }

    /// A step was asked for: its place among those that wait for their turn to run, from 1; 0 when it runs.
    package struct Queued: Sendable, Hashable, Codable {
        package var place: Int
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?

        package init(place: Int, status: DiscussionStatus, activity: Activity? = nil) {
            self.place = place
            self.status = status
            self.activity = activity
        }
    }

    package struct UserInput: Sendable, Hashable, Codable {
        package var round: Int
        package var input: String
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?

        package init(round: Int, input: String, status: DiscussionStatus, activity: Activity? = nil) {
            self.round = round
            self.input = input
            self.status = status
            self.activity = activity
        }
    }

    package struct QuestionsGenerated: Sendable, Hashable, Codable {
        package var round: Int
        package var questionSet: QuestionSet
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?
        @CostSoFar package var cost: Cost

        package init(
            round: Int,
            questionSet: QuestionSet,
            status: DiscussionStatus,
            activity: Activity? = nil
        ) {
            self.round = round
            self.questionSet = questionSet
            self.status = status
            self.activity = activity
        }
    }

    package struct AnswersSubmitted: Sendable, Hashable, Codable {
        package var round: Int
        package var answers: [Answer]
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?

        package init(round: Int, answers: [Answer], status: DiscussionStatus, activity: Activity? = nil) {
            self.round = round
            self.answers = answers
            self.status = status
            self.activity = activity
        }
    }

    package struct SummaryCreated: Sendable, Hashable, Codable {
        package var summary: Summary
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?
        @CostSoFar package var cost: Cost

        package init(summary: Summary, status: DiscussionStatus, activity: Activity? = nil) {
            self.summary = summary
            self.status = status
            self.activity = activity
        }
    }

    package struct DiscussionResolved: Sendable, Hashable, Codable {
        package var resolution: Resolution
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?
        @CostSoFar package var cost: Cost

        package init(resolution: Resolution, status: DiscussionStatus, activity: Activity? = nil) {
            self.resolution = resolution
            self.status = status
            self.activity = activity
        }
    }

    package struct FileAdded: Sendable, Hashable, Codable {
        package var file: DiscussionFile

        package init(file: DiscussionFile) {
            self.file = file
        }
    }

    /// Nothing but where the discussion stands now.
    package struct Standing: Sendable, Hashable, Codable {
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?
        @CostSoFar package var cost: Cost

        package init(status: DiscussionStatus, activity: Activity? = nil) {
            self.status = status
            self.activity = activity
        }
    }

    package struct Failure: Sendable, Hashable, Codable {
        package var code: ErrorCode
        package var message: String
        package var status: DiscussionStatus
        @ExplicitNull package var activity: Activity?
        @CostSoFar package var cost: Cost

        package init(code: ErrorCode, message: String, status: DiscussionStatus, activity: Activity? = nil) {
            self.code = code
            self.message = message
            self.status = status
            self.activity = activity
        }
    }
}
