/// A place at the table: a persona, and the provider and model that it was given at the start.
public struct PanelSeat: Sendable, Hashable, Decodable {
    public let seat: Int
    public let persona: String
    public let provider: String
    public let model: String
}

/// What one seat said in one round.
public struct SpokenMessage: Sendable, Hashable, Decodable {
    public let id: String
    public let seat: Int
    public let persona: String
    public let turn: Int
    public let content: String
    public let provider: String
    public let model: String
    /// The assigned provider failed, and another one answered.
    public let fallback: Bool
    /// The message ends before its speaker had ended.
    public let truncated: Bool
    /// False while it is being spoken; absent where only finished messages are told of.
    public let finished: Bool?
}

/// Multiple-choice questions about a round.
public struct QuestionSet: Sendable, Hashable, Decodable {
    public struct Question: Sendable, Hashable, Decodable {
        public let id: String
        public let text: String
        public let options: [Option]
    }

    public struct Option: Sendable, Hashable, Decodable {
        public let id: String
        public let text: String
    }

    public let id: String
    public let questions: [Question]
}

/// What a person answered to one question.
public struct Answer: Sendable, Hashable, Decodable {
    public let question: String
    /// Ids of the ticked options.
    public let options: [String]
    public let text: String?
}

/// What stands for earlier rounds in later prompts.
public struct Summary: Sendable, Hashable, Decodable {
    public let throughRound: Int?
    public let content: String
}

/// How a discussion ended.
public struct Resolution: Sendable, Hashable, Decodable {
    public struct Dissent: Sendable, Hashable, Decodable {
        public let persona: String
        public let view: String
    }

    /// Such as `agreed`, `person` or `max_turns`.
    public let reason: String?
    public let conclusion: String
    public let dissent: [Dissent]?
    public let openQuestions: [String]?
}
