import Domain
import Foundation

/// The JSON of ``DiscussionExport``, key for key.
struct DiscussionParts: Codable {
    struct Owner: Codable {
        let id: PersonID
        let name: String
    }

    struct QuestionsPart: Codable {
        let id: QuestionSetID
        let round: Int
        let createdAt: Date
        @ExplicitNull var answeredAt: Date?
        let questions: [Question]
        let answers: [Answer]
    }

    struct UsagePart: Codable {
        let provider: ProviderID
        let model: String
        let purpose: String
        let answers: Int
        let cost: Cost
    }

    let format: String
    let formatVersion: Int
    let id: DiscussionID
    let owner: Owner
    let topic: String
    let place: Place
    let status: DiscussionStatus
    @ExplicitNull var activity: Activity?
    let waitingForAction: Bool
    let roundLimit: Int
    let createdAt: Date
    let updatedAt: Date
    @ExplicitNull var deletedAt: Date?
    @ExplicitNull var failure: EventBody.Failure?
    let cursor: Int
    let panel: [Seat]
    let rounds: [RoundPart]
    let questionSets: [QuestionsPart]
    let remarks: [DiscussionRecord.Remark]
    let summaries: [SummaryPart]
    @ExplicitNull var resolution: Resolution?
    let resolutions: [ResolutionPart]
    let files: [KeptFile]
    let cost: Cost
    let usage: [UsagePart]

    init(_ record: DiscussionRecord) {
        let discussion = record.discussion
        let transcript = record.transcript
        format = DiscussionExport.format
        formatVersion = DiscussionExport.version
        id = discussion.id
        owner = Owner(id: record.owner.id, name: record.owner.name)
        topic = discussion.topic
        place = discussion.place
        status = discussion.status
        activity = discussion.activity
        waitingForAction = discussion.status == .waiting
        roundLimit = discussion.roundLimit
        createdAt = discussion.createdAt
        updatedAt = discussion.updatedAt
        deletedAt = record.deletedAt
        failure = record.failure
        cursor = record.cursor
        panel = discussion.panel.seats
        rounds = zip(record.rounds, transcript.rounds).map { RoundPart($0, $1) }
        questionSets = record.questionSets.map { asked in
            QuestionsPart(
                id: asked.set.id,
                round: asked.round,
                createdAt: asked.createdAt,
                answeredAt: asked.answeredAt,
                questions: asked.set.questions,
                answers: asked.answers
            )
        }
        remarks = record.remarks
        summaries = record.summaries.map(SummaryPart.init)
        resolution = transcript.resolution
        resolutions = record.endings.map(ResolutionPart.init)
        files = record.files
        cost = discussion.cost
        usage = record.asked.map { asked in
            UsagePart(
                provider: asked.provider,
                model: asked.model,
                purpose: asked.purpose.rawValue,
                answers: asked.answers,
                cost: asked.cost
            )
        }
    }

    var record: DiscussionRecord {
        get throws {
            DiscussionRecord(
                owner: Person(id: owner.id, name: owner.name),
                discussion: Discussion(
                    id: id,
                    owner: owner.id,
                    topic: topic,
                    place: place,
                    panel: Panel(seats: panel),
                    status: status,
                    activity: activity,
                    roundLimit: roundLimit,
                    createdAt: createdAt,
                    updatedAt: updatedAt,
                    cost: cost
                ),
                deletedAt: deletedAt,
                failure: failure,
                rounds: rounds.map(\.record),
                questionSets: questionSets.map { part in
                    .init(
                        round: part.round,
                        set: QuestionSet(id: part.id, questions: part.questions),
                        createdAt: part.createdAt,
                        answeredAt: part.answeredAt,
                        answers: part.answers
                    )
                },
                remarks: remarks,
                summaries: summaries.map { .init(summary: $0.summary, createdAt: $0.createdAt) },
                endings: resolutions.map {
                    .init(resolution: $0.resolution, createdAt: $0.createdAt, reopenedAt: $0.reopenedAt)
                },
                asked: try usage.map { part in
                    guard let purpose = Usage.Purpose(rawValue: part.purpose) else {
                        throw DiscussionExport.Unreadable(
                            description: "\"usage\" names an unknown purpose, \"\(part.purpose)\""
                        )
                    }
                    return .init(
                        provider: part.provider,
                        model: part.model,
                        purpose: purpose,
                        answers: part.answers,
                        cost: part.cost
                    )
                },
                files: files,
                cursor: cursor
            )
        }
    }
}
