import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/stop`: `stop`.
    ///
    /// What was said stays; the table waits.
    @Sendable func stopDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let command = try command("stop", request, context, form, discussion: id)
            return try await engine.stop(command, discussion: id)
        }
    }
}
