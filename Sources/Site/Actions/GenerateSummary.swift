import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/summary`: `generate-summary`.
    ///
    /// The summary comes by an event, or with the page.
    @Sendable func generateSummary(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let command = try command("generate-summary", request, context, form, discussion: id)
            return try await engine.generateSummary(command, discussion: id)
        }
    }
}
