import Foundation

extension DiscussionEvent {
    /// Reads one event; nil if it is none.
    init?(json bytes: some Collection<UInt8>) {
        let data = Data(bytes)
        guard let head = try? JSONDecoder().decode(Head.self, from: data) else { return nil }
        id = head.id
        type = head.type
        discussionId = head.discussionId
        at = head.at
        status = head.data?.status
        body = Body(type: head.type, data)
        json = bytes.oneLine
    }

    private struct Head: Decodable {
        struct Standing: Decodable {
            let status: String?
        }

        let id: Int
        let type: String
        let discussionId: String
        let at: String
        let data: Standing?
    }
}

extension DiscussionEvent.Body {
    /// Data that does not fit is ``other``: whoever follows a newer site still sees the rest.
    fileprivate init(type: String, _ event: Data) {
        func data<Payload: Decodable>(_: Payload.Type) throws -> Payload {
            try JSONDecoder().decode(Wrapped<Payload>.self, from: event).data
        }
        do {
            switch type {
            case "discussion-started":
                let start = try data(Started.self)
                self = .discussionStarted(topic: start.topic, panel: start.panel)
            case "queued": self = .queued(place: try data(Queued.self).place)
            case "round-start": self = .roundStart(round: try data(InRound.self).round)
            case "message-start": self = .messageStart(try data(DiscussionEvent.MessageStart.self))
            case "message-chunk":
                let chunk = try data(Chunk.self)
                self = .messageChunk(messageId: chunk.messageId, offset: chunk.offset, text: chunk.text)
            case "message-restart":
                let restart = try data(Restart.self)
                self = .messageRestart(
                    messageId: restart.messageId,
                    provider: restart.provider,
                    model: restart.model
                )
            case "message-complete": self = .messageComplete(try data(Complete.self).message)
            case "round-complete": self = .roundComplete(round: try data(InRound.self).round)
            case "user-input":
                let remark = try data(Remark.self)
                self = .userInput(round: remark.round, input: remark.input)
            case "questions-generated":
                let questions = try data(Questions.self)
                self = .questionsGenerated(round: questions.round, questions.questionSet)
            case "answers-submitted":
                let answers = try data(Answers.self)
                self = .answersSubmitted(round: answers.round, answers.answers)
            case "summary-created": self = .summaryCreated(try data(Summed.self).summary)
            case "discussion-resolved": self = .discussionResolved(try data(Resolved.self).resolution)
            case "discussion-reopened": self = .discussionReopened
            case "discussion-stopped": self = .discussionStopped
            case "discussion-deleted": self = .discussionDeleted
            case "discussion-restored": self = .discussionRestored
            case "file-added": self = .fileAdded(name: try data(FileAdded.self).file.name)
            case "error":
                let failure = try data(Failure.self)
                self = .error(code: failure.code, message: failure.message)
            default: self = .other
            }
        } catch {
            self = .other
        }
    }
}

private struct Wrapped<Payload: Decodable>: Decodable { let data: Payload }
private struct Started: Decodable { let topic: String, panel: [PanelSeat] }
private struct Queued: Decodable { let place: Int }
private struct InRound: Decodable { let round: Int }
private struct Chunk: Decodable { let messageId: String, offset: Int, text: String }
private struct Restart: Decodable { let messageId: String, provider: String, model: String }
private struct Complete: Decodable { let message: SpokenMessage }
private struct Remark: Decodable { let round: Int, input: String }
private struct Questions: Decodable { let round: Int, questionSet: QuestionSet }
private struct Answers: Decodable { let round: Int, answers: [Answer] }
private struct Summed: Decodable { let summary: Summary }
private struct Resolved: Decodable { let resolution: Resolution }
private struct FileAdded: Decodable { let file: File }
private struct File: Decodable { let name: String }
private struct Failure: Decodable { let code: String, message: String }
