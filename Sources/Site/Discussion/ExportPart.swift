import Domain
import Export
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Store

/// The part of a discussion that is asked for as Markdown, to be copied.
enum ExportPart {
    case round(Int)
    case message(MessageID)
    case conclusion

    /// Nil where the whole is asked for.
    ///
    /// - Throws: ``Problem`` that names the field.
    init?(_ request: Request) throws {
        let query = request.uri.queryParameters
        let asked = ["round", "message", "part"].filter { query[Substring($0)] != nil }
        guard let field = asked.first else { return nil }
        guard asked.count == 1 else {
            throw Problem.invalid(asked[1], "Please ask for one part: a round, a message or the conclusion.")
        }
        let value = String(query[Substring(field)] ?? "")
        switch field {
        case "round":
            guard let number = Int(value), number > 0 else {
                throw Problem.invalid("round", "A round is a number from 1.")
            }
            self = .round(number)
        case "message": self = .message(MessageID(rawValue: value))
        default:
            guard value == "conclusion" else {
                throw Problem.invalid("part", "There is no such part; it may be: conclusion.")
            }
            self = .conclusion
        }
    }
}

extension Site {
    /// Reads no more of the discussion than the part: a page with 20 rounds has 80 such links.
    func markdown(
        _ part: ExportPart,
        of id: DiscussionID,
        _ person: PersonID
    ) async throws -> String {
        try await store.read { reader in
            guard try reader.hasDiscussion(id, of: person) else { throw Problem.discussionNotFound }
            switch part {
            case .round(let number):
                let transcript = try reader.findTranscript(id, of: person, .only(number))
                guard let round = transcript?.rounds.first else {
                    throw Problem.noPart("There is no round \(number) in this discussion.")
                }
                return DiscussionMarkdown.round(round)
            case .message(let message):
                guard let message = try reader.findMessage(message, of: id) else {
                    throw Problem.noPart("There is no such message in this discussion.")
                }
                guard message.finished else {
                    throw Problem.noPart("This message is still being spoken. Please try again in a moment.")
                }
                return DiscussionMarkdown.message(message)
            case .conclusion:
                guard let resolution = try reader.findResolution(of: id) else {
                    throw Problem.noPart("This discussion has no conclusion yet.")
                }
                return DiscussionMarkdown.conclusion(resolution)
            }
        }
    }
}

extension Response {
    static func markdownPart(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: headers(type: "text/plain; charset=utf-8"),
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
