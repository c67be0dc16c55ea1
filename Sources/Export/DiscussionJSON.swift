package import Domain

/// A discussion as scripts see it.
///
/// What this version does not have yet is null or empty.
package struct DiscussionJSON: Encodable {
    private let transcript: Transcript

    package init(_ transcript: Transcript) {
        self.transcript = transcript
    }

    private enum CodingKeys: String, CodingKey {
        case id, topic, place, status, activity, waitingForAction, createdAt, updatedAt, cursor, panel
        case rounds, summaries, resolution, files, cost
    }

    package func encode(to encoder: any Encoder) throws {
        let discussion = transcript.discussion
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(discussion.id, forKey: .id)
        try container.encode(discussion.topic, forKey: .topic)
        try container.encode(discussion.place, forKey: .place)
        try container.encode(discussion.status, forKey: .status)
        try container.encode(discussion.activity, forKey: .activity)
        try container.encode(discussion.status == .waiting, forKey: .waitingForAction)
        try container.encode(discussion.createdAt.iso8601, forKey: .createdAt)
        try container.encode(discussion.updatedAt.iso8601, forKey: .updatedAt)
        try container.encode(transcript.cursor, forKey: .cursor)
        try container.encode(discussion.panel.seats, forKey: .panel)
        try container.encode(transcript.rounds.map(RoundJSON.init), forKey: .rounds)
        try container.encode(transcript.summaries, forKey: .summaries)
        try container.encode(transcript.resolution, forKey: .resolution)
        try container.encode(transcript.files, forKey: .files)
        try container.encode(discussion.cost, forKey: .cost)
    }
}

/// One round as scripts see it.
package struct RoundJSON: Encodable {
    private let round: Round

    package init(_ round: Round) {
        self.round = round
    }

    private enum CodingKeys: String, CodingKey {
        case number, complete, messages, questionSet, answers, userInput
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(round.number, forKey: .number)
        try container.encode(round.complete, forKey: .complete)
        try container.encode(round.messages, forKey: .messages)
        try container.encode(round.questionSet, forKey: .questionSet)
        try container.encode(round.answers, forKey: .answers)
        try container.encode(round.userInput, forKey: .userInput)
    }
}
