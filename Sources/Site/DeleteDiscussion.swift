import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/delete`: `delete`.
    ///
    /// A form lands on the list, whose message carries the Undo.
    @Sendable func deleteDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let form = try await Form(request, uploads)
        let command = try command("delete", request, context, form, discussion: id)
        let acknowledgement = try await engine.delete(command, discussion: id)
        guard !request.wantsJSON else { return try answer(acknowledgement, to: request) }
        return .seeOther(Links.list(deleted: id))
    }

    /// `POST /discussions/{id}/restore`: `restore`; for 30 days after the delete.
    @Sendable func restoreDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let form = try await Form(request, uploads)
        let command = try command("restore", request, context, form, discussion: id)
        return try answer(try await engine.restore(command, discussion: id), to: request)
    }
}
