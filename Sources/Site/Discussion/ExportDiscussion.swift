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
        let text = try await text("export.md", of: id, context) { reader, person in
            CachedText(Array(DiscussionMarkdown.render(try Self.record(id, of: person, reader)).utf8))
        }
        note(.exported, id.rawValue, context, try context.person, "md")
        return .download(
            text,
            type: "text/markdown; charset=utf-8",
            name: "discussion-\(id).md"
        )
    }

    /// `GET /discussions/{id}/export.json`: everything that is kept of it (docs/EXPORT.md).
    @Sendable func exportJSON(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let text = try await text("export.json", of: id, context) { reader, person in
            let record = try Self.record(id, of: person, reader)
            return try CachedText(json: Array(DiscussionExport.data(record)), cursor: record.cursor)
        }
        note(.exported, id.rawValue, context, try context.person, "json")
        return .download(
            text,
            type: "application/json",
            name: "discussion-\(id).json"
        )
    }

    /// The person's discussion of this id, with everything that is kept of it.
    func record(_ id: DiscussionID, of person: PersonID) async throws -> DiscussionRecord {
        try await store.read { reader in try Self.record(id, of: person, reader) }
    }

    private static func record(
        _ id: DiscussionID,
        of person: PersonID,
        _ reader: StoreReader
    ) throws -> DiscussionRecord {
        guard let record = try reader.findRecord(id, of: person) else { throw Problem.discussionNotFound }
        return record
    }
}

extension Response {
    /// A file for the person to keep.
    static func download(_ content: ByteBuffer, type: String, name: String) -> Response {
        var headers = Response.headers(type: type)
        headers[.contentDisposition] = "attachment; filename=\"\(name)\""
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: content)
        )
    }
}
