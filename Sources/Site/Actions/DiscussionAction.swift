import Domain
import Hummingbird

extension Site {
    /// Answers a command on one discussion.
    ///
    /// A refused form comes back as the discussion's page, with what was typed.
    func act(
        _ request: Request,
        _ context: SiteContext,
        _ perform: (DiscussionID, Form) async throws -> Acknowledgement
    ) async throws -> Response {
        let id = try discussionID(context)
        let form = try await Form(request, uploads)
        do {
            let acknowledgement = try await counted(.command, request, context, form) {
                try await perform(id, form)
            }
            return try answer(acknowledgement, to: request)
        } catch {
            guard !request.wantsJSON, let problem = Problem(error), problem.status != .notFound else {
                throw error
            }
            let page = try await discussionPage(id, context, refused: problem, typed: form)
            return page.with(problem.headers)
        }
    }

    /// The id in the path.
    func discussionID(_ context: SiteContext) throws -> DiscussionID {
        DiscussionID(rawValue: try context.parameters.require("id"))
    }
}
