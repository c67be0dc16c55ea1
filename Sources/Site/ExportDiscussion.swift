import Domain
import Export
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Support

extension Site {
    /// `GET /discussions/{id}/export.md`: the discussion as a record of what was decided.
    ///
    /// With `?round=N`, `?message=ID` or `?part=conclusion` just that part, inline, to be copied.
    @Sendable func exportMarkdown(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        if let part = try ExportPart(request) {
            return .markdownPart(try await markdown(part, of: id, context.person.id))
        }
        let record = try await record(id, of: context.person.id)
        note(.exported, id.rawValue, context, try context.person, "md")
        return .download(
            Data(DiscussionMarkdown.render(record).utf8),
            type: "text/markdown; charset=utf-8",
            name: "discussion-\(id).md"
        )
    }

    /// `GET /discussions/{id}/export.json`: everything that is kept of it (docs/EXPORT.md).
    @Sendable func exportJSON(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let record = try await record(id, of: context.person.id)
        note(.exported, id.rawValue, context, try context.person, "json")
        return .download(
            try DiscussionExport.data(record),
            type: "application/json",
            name: "discussion-\(id).json"
        )
    }

    /// The person's discussion of this id, with everything that is kept of it.
    func record(_ id: DiscussionID, of person: PersonID) async throws -> DiscussionRecord {
        let found = try await store.read { reader in try reader.findRecord(id, of: person) }
        guard let found else { throw Problem.discussionNotFound }
        return found
    }
}

extension Response {
    /// A file for the person to keep.
    static func download(_ data: Data, type: String, name: String) -> Response {
        var headers = Response.headers(type: type)
        headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data))
        )
    }
}
