import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/reopen`: `reopen`.
    ///
    /// A resolved discussion waits again.
    @Sendable func reopenDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let command = try command("reopen", request, context, form, discussion: id)
            return try await engine.reopen(command, discussion: id)
        }
    }
}
