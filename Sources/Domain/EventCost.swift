/// The discussion's cost as of an event; the store fills it in when it appends the event.
@propertyWrapper
package struct CostSoFar: Sendable, Hashable, Codable {
    package var wrappedValue: Cost

    package init(wrappedValue: Cost = Cost()) {
        self.wrappedValue = wrappedValue
    }

    package init(from decoder: any Decoder) throws {
        wrappedValue = try Cost(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        try wrappedValue.encode(to: encoder)
    }
}

extension KeyedDecodingContainer {
    /// Also reads events from before costs were told.
    package func decode(_ type: CostSoFar.Type, forKey key: Key) throws -> CostSoFar {
        try decodeIfPresent(type, forKey: key) ?? CostSoFar()
    }
}

extension EventBody {
    /// The same event, telling what the discussion has cost, where it follows something that a model was paid for.
    ///
    /// `cost` is only asked for where it is told: chunks come by the thousand.
    package func telling(_ cost: @autoclosure () throws -> Cost) rethrows -> EventBody {
        switch self {
        case .messageComplete(var payload):
            payload.cost = try cost()
            return .messageComplete(payload)
        case .messageRestart(var payload):
            payload.cost = try cost()
            return .messageRestart(payload)
        case .roundComplete(var payload):
            payload.cost = try cost()
            return .roundComplete(payload)
        case .questionsGenerated(var payload):
            payload.cost = try cost()
            return .questionsGenerated(payload)
        case .summaryCreated(var payload):
            payload.cost = try cost()
            return .summaryCreated(payload)
        case .discussionResolved(var payload):
            payload.cost = try cost()
            return .discussionResolved(payload)
        case .discussionReopened(var payload):
            payload.cost = try cost()
            return .discussionReopened(payload)
        case .discussionStopped(var payload):
            payload.cost = try cost()
            return .discussionStopped(payload)
        case .discussionDeleted(var payload):
            payload.cost = try cost()
            return .discussionDeleted(payload)
        case .discussionRestored(var payload):
            payload.cost = try cost()
            return .discussionRestored(payload)
        case .error(var payload):
            payload.cost = try cost()
            return .error(payload)
        case .discussionStarted, .roundStart, .messageStart, .messageChunk, .queued, .userInput,
            .answersSubmitted, .fileAdded:
            return self
        }
    }
}
