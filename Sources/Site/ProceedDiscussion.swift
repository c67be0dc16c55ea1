import Domain
import Engine
import Hummingbird

extension Site {
    /// `POST /discussions/{id}/proceed`: `proceed-dialogue`.
    @Sendable func proceedDiscussion(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let form = try await Form(request)
        let command = try command("proceed-dialogue", request, form, discussion: id)
        return try answer(try await engine.proceed(command, discussion: id), to: request)
    }

    /// The id in the path.
    func discussionID(_ context: SiteContext) throws -> DiscussionID {
        DiscussionID(rawValue: try context.parameters.require("id"))
    }
}
