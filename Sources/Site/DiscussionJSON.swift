import Domain

/// A discussion as scripts see it. What this version does not have yet is null or empty.
struct DiscussionJSON: Encodable {
    let transcript: Transcript

    init(_ transcript: Transcript) {
        self.transcript = transcript
    }

    enum CodingKeys: String, CodingKey {
        case id, topic, place, status, activity, waitingForAction, cursor, panel, rounds
        case summaries, resolution, files, cost
    }

    struct RoundJSON: Encodable {
        let round: Round

        enum CodingKeys: String, CodingKey {
            case number, complete, messages, questionSet, answers, userInput
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(round.number, forKey: .number)
            try container.encode(round.complete, forKey: .complete)
            try container.encode(round.messages, forKey: .messages)
            try container.encodeNil(forKey: .questionSet)
            try container.encodeNil(forKey: .answers)
            try container.encode([String](), forKey: .userInput)
        }
    }

    func encode(to encoder: any Encoder) throws {
        let discussion = transcript.discussion
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(discussion.id, forKey: .id)
        try container.encode(discussion.topic, forKey: .topic)
        try container.encode(discussion.place, forKey: .place)
        try container.encode(discussion.status, forKey: .status)
        try container.encode(discussion.activity, forKey: .activity)
        try container.encode(discussion.status == .waiting, forKey: .waitingForAction)
        try container.encode(transcript.cursor, forKey: .cursor)
        try container.encode(discussion.panel.seats, forKey: .panel)
        try container.encode(transcript.rounds.map(RoundJSON.init), forKey: .rounds)
        try container.encode([String](), forKey: .summaries)
        try container.encodeNil(forKey: .resolution)
        try container.encode([String](), forKey: .files)
        try container.encode(CostJSON(), forKey: .cost)
    }
}

/// What a discussion cost, in US dollars; null while no price is set.
struct CostJSON: Encodable {
    @ExplicitNull var usd: Double?
}
