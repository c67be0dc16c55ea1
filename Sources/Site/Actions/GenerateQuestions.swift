import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/questions`: `generate-questions`.
    ///
    /// The questions come by an event, or with the page.
    @Sendable func generateQuestions(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let command = try command("generate-questions", request, context, form, discussion: id)
            return try await engine.generateQuestions(command, discussion: id)
        }
    }
}
