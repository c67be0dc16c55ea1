import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/proceed`: `proceed-dialogue`.
    ///
    /// Goes on with the round, or with another one.
    @Sendable func proceedDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let command = try command("proceed-dialogue", request, context, form, discussion: id)
            return try await engine.proceed(command, discussion: id)
        }
    }
}
