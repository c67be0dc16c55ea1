package import Foundation

extension EventBody {
    /// The event's name in the log.
    package var type: String {
        switch self {
        case .discussionStarted: "discussion-started"
        case .roundStart: "round-start"
        case .messageStart: "message-start"
        case .messageChunk: "message-chunk"
        case .messageRestart: "message-restart"
        case .messageComplete: "message-complete"
        case .roundComplete: "round-complete"
        case .queued: "queued"
        case .userInput: "user-input"
        case .questionsGenerated: "questions-generated"
        case .answersSubmitted: "answers-submitted"
        case .summaryCreated: "summary-created"
        case .discussionResolved: "discussion-resolved"
        case .discussionReopened: "discussion-reopened"
        case .discussionStopped: "discussion-stopped"
        case .discussionDeleted: "discussion-deleted"
        case .discussionRestored: "discussion-restored"
        case .fileAdded: "file-added"
        case .error: "error"
        }
    }

    private var payload: any Encodable {
        switch self {
        case .discussionStarted(let payload): payload
        case .roundStart(let payload): payload
        case .messageStart(let payload): payload
        case .messageChunk(let payload): payload
        case .messageRestart(let payload): payload
        case .messageComplete(let payload): payload
        case .roundComplete(let payload): payload
        case .queued(let payload): payload
        case .userInput(let payload): payload
        case .questionsGenerated(let payload): payload
        case .answersSubmitted(let payload): payload
        case .summaryCreated(let payload): payload
        case .discussionResolved(let payload): payload
        case .discussionReopened(let payload): payload
        case .discussionStopped(let payload): payload
        case .discussionDeleted(let payload): payload
        case .discussionRestored(let payload): payload
        case .fileAdded(let payload): payload
        case .error(let payload): payload
        }
    }

    /// The payload as the JSON object that the log keeps, keys sorted.
    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(payload)
    }

    /// Reads a payload back.
    ///
    /// - Throws: `UnknownEvent` for a type that this version does not know, or a decoding error.
    package init(type: String, json: Data) throws {
        func payload<Payload: Decodable>() throws -> Payload {
            try JSONDecoder().decode(Payload.self, from: json)
        }
        switch type {
        case "discussion-started": self = .discussionStarted(try payload())
        case "round-start": self = .roundStart(try payload())
        case "message-start": self = .messageStart(try payload())
        case "message-chunk": self = .messageChunk(try payload())
        case "message-restart": self = .messageRestart(try payload())
        case "message-complete": self = .messageComplete(try payload())
        case "round-complete": self = .roundComplete(try payload())
        case "queued": self = .queued(try payload())
        case "user-input": self = .userInput(try payload())
        case "questions-generated": self = .questionsGenerated(try payload())
        case "answers-submitted": self = .answersSubmitted(try payload())
        case "summary-created": self = .summaryCreated(try payload())
        case "discussion-resolved": self = .discussionResolved(try payload())
        case "discussion-reopened": self = .discussionReopened(try payload())
        case "discussion-stopped": self = .discussionStopped(try payload())
        case "discussion-deleted": self = .discussionDeleted(try payload())
        case "discussion-restored": self = .discussionRestored(try payload())
        case "file-added": self = .fileAdded(try payload())
        case "error": self = .error(try payload())
        default: throw UnknownEvent(type: type)
        }
    }
}

/// A log entry whose type this version does not know.
package struct UnknownEvent: Error {
    package let type: String
}
