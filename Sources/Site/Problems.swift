import Domain
import HTTPTypes
import Hummingbird
import Logging
import Uploads

/// Turns what handlers throw into the answer, in the representation that was asked for.
struct Problems: RouterMiddleware {
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as CancellationError {
            throw error
        } catch let broken as BodyBroken {
            // The transport knows what it is, and whether anybody is there to be told.
            throw broken.cause
        } catch {
            let problem: Problem
            if let known = Problem(error) {
                problem = known
            } else {
                context.logger.error("a request failed", error: error)
                problem = .internalError
            }
            if let page = try await site.signedOut(problem, request, context) { return page }
            return try site.answer(problem, to: request, context)
        }
    }
}

extension Site {
    private struct ErrorPage {
        let layout: Layout
        let heading: String
        let message: String
        let number: Int
        let home: String
        /// Where a discussion may be that is not found.
        let deleted: String?
        /// What tells why nobody answers.
        let status: String?
    }

    private struct ErrorJSON: Encodable {
        struct Body: Encodable {
            let code: ErrorCode
            let message: String
            let field: String?
            let files: [FilesRefused.File]?
        }

        let error: Body
    }

    /// The answer that tells of `problem`.
    func answer(_ problem: Problem, to request: Request, _ context: SiteContext) throws -> Response {
        var response: Response
        if request.wantsJSON {
            response = try .json(
                ErrorJSON(
                    error: .init(
                        code: problem.code,
                        message: problem.message,
                        field: problem.field,
                        files: problem.files.isEmpty ? nil : problem.files
                    )
                ),
                status: problem.status
            )
        } else {
            let heading = problem.status.heading
            response = try page(
                "error-page",
                ErrorPage(
                    layout: layout(title: "Error: \(heading)", context),
                    heading: heading,
                    message: problem.message,
                    number: problem.status.code,
                    home: Links.start,
                    deleted: problem.code == .discussionNotFound ? Links.deleted : nil,
                    status: problem.status.kind == .serverError ? Links.status : nil
                ),
                status: problem.status
            )
        }
        return response.with(problem.headers)
    }
}

extension HTTPResponse.Status {
    /// What happened, in a person's words.
    fileprivate var heading: String {
        switch code {
        case 404: "Not found"
        case 401: "Please sign in"
        case 403: "Not allowed"
        case 405: "Not done that way"
        case 409: "Not just now"
        case 410: "No longer there"
        case 429: "Too much at once"
        case 503: "Nobody can answer just now"
        case 500...: "Something went wrong"
        default: "That was not done"
        }
    }
}
