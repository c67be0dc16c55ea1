import Cache
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
        let acknowledgement = try await counted(.command, request, context, form) {
            let command = try command("delete", request, context, form, discussion: id)
            return try await engine.delete(command, discussion: id)
        }
        await cache?.invalidateDiscussion(id: id.rawValue)
        guard !request.wantsJSON else { return try answer(acknowledgement, to: request) }
        return .seeOther(Links.list(deleted: id))
    }

    /// `POST /discussions/{id}/restore`: `restore`; for 30 days after the delete.
    @Sendable func restoreDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let form = try await Form(request, uploads)
        let acknowledgement = try await counted(.command, request, context, form) {
            let command = try command("restore", request, context, form, discussion: id)
            return try await engine.restore(command, discussion: id)
        }
        return try answer(acknowledgement, to: request)
    }
}
