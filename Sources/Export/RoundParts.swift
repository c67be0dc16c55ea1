import Domain
import Foundation

/// A round of ``DiscussionParts``: the contract's keys, and its times.
struct RoundPart: Codable {
    let number: Int
    let complete: Bool
    let startedAt: Date
    @ExplicitNull var completedAt: Date?
    let messages: [MessagePart]
    @ExplicitNull var questionSet: QuestionSet?
    @ExplicitNull var answers: [Answer]?
    let userInput: [String]

    init(_ record: DiscussionRecord.RoundRecord, _ round: Round) {
        number = record.number
        complete = record.complete
        startedAt = record.startedAt
        completedAt = record.completedAt
        messages = record.messages.map { MessagePart(message: $0.message, createdAt: $0.createdAt) }
        questionSet = round.questionSet
        answers = round.answers
        userInput = round.userInput
    }

    var record: DiscussionRecord.RoundRecord {
        .init(
            number: number,
            complete: complete,
            startedAt: startedAt,
            completedAt: completedAt,
            messages: messages.map { .init(message: $0.message, createdAt: $0.createdAt) }
        )
    }
}

/// A message with the contract's keys, and when it was begun.
struct MessagePart: Codable {
    let message: Message
    let createdAt: Date

    private enum CodingKeys: String, CodingKey { case createdAt }

    init(message: Message, createdAt: Date) {
        self.message = message
        self.createdAt = createdAt
    }

    init(from decoder: any Decoder) throws {
        message = try Message(from: decoder)
        createdAt = try decoder.container(keyedBy: CodingKeys.self).decode(Date.self, forKey: .createdAt)
    }

    func encode(to encoder: any Encoder) throws {
        try message.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(createdAt, forKey: .createdAt)
    }
}

/// A summary with the contract's keys, and when it was written.
struct SummaryPart: Codable {
    let summary: Summary
    let createdAt: Date

    private enum CodingKeys: String, CodingKey { case createdAt }

    init(_ written: DiscussionRecord.WrittenSummary) {
        summary = written.summary
        createdAt = written.createdAt
    }

    init(from decoder: any Decoder) throws {
        summary = try Summary(from: decoder)
        createdAt = try decoder.container(keyedBy: CodingKeys.self).decode(Date.self, forKey: .createdAt)
    }

    func encode(to encoder: any Encoder) throws {
        try summary.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(createdAt, forKey: .createdAt)
    }
}

/// A conclusion, when it was drawn, and when the discussion was reopened from it.
struct ResolutionPart: Codable {
    let resolution: Resolution
    let createdAt: Date
    let reopenedAt: Date?

    private enum CodingKeys: String, CodingKey { case createdAt, reopenedAt }

    init(_ ending: DiscussionRecord.Ending) {
        resolution = ending.resolution
        createdAt = ending.createdAt
        reopenedAt = ending.reopenedAt
    }

    init(from decoder: any Decoder) throws {
        resolution = try Resolution(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        reopenedAt = try container.decode(Date?.self, forKey: .reopenedAt)
    }

    func encode(to encoder: any Encoder) throws {
        try resolution.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(reopenedAt, forKey: .reopenedAt)
    }
}
