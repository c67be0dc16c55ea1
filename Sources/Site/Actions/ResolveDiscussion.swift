import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/resolve`: `resolve`; with `conclusion` at once, without it once a model has
    /// written one.
    @Sendable func resolveDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let words = try form.text("conclusion") ?? ""
            let isBlank = words.allSatisfy(\.isWhitespace)
            let conclusion = isBlank ? nil : try TextRule.conclusion.check(words)
            let command = try command(
                "resolve",
                request,
                context,
                form,
                discussion: id,
                fields: [("conclusion", conclusion ?? "")]
            )
            return try await engine.resolve(command, discussion: id, conclusion: conclusion)
        }
    }
}
