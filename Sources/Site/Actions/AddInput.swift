import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/input`: `user-input`, with `input`; goes on unless `proceed=false`.
    @Sendable func addInput(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let input = try TextRule.input.check(try form.text("input") ?? "")
            let proceed = try form.flag("proceed", default: true)
            let command = try command(
                "user-input",
                request,
                context,
                form,
                discussion: id,
                fields: [("input", input), ("proceed", String(proceed))]
            )
            return try await engine.addInput(command, discussion: id, input: input, proceed: proceed)
        }
    }
}
