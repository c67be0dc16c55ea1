import Domain
import Export
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Site {
    /// `GET /discussions/{id}/export.md`: the whole discussion as Markdown.
    @Sendable func exportMarkdown(_ request: Request, _ context: SiteContext) async throws -> Response {
        let transcript = try await transcript(try discussionID(context))
        return download(
            Data(DiscussionMarkdown.render(transcript).utf8),
            type: "text/markdown; charset=utf-8",
            name: "discussion-\(transcript.discussion.id).md"
        )
    }

    /// `GET /discussions/{id}/export.json`: the whole discussion as JSON.
    @Sendable func exportJSON(_ request: Request, _ context: SiteContext) async throws -> Response {
        let transcript = try await transcript(try discussionID(context))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return download(
            try encoder.encode(DiscussionJSON(transcript)),
            type: "application/json",
            name: "discussion-\(transcript.discussion.id).json"
        )
    }

    private func download(_ data: Data, type: String, name: String) -> Response {
        var headers = Response.headers(type: type)
        headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}
