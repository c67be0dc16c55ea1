import Domain
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
        } catch {
            let problem: Problem
            if let known = Problem(error) {
                problem = known
            } else {
                context.logger.error("a request failed", metadata: ["error": "\(error)"])
                problem = .internalError
            }
            return try site.answer(problem, to: request)
        }
    }
}

extension Site {
    private struct ErrorPage {
        let layout: Layout
        let heading: String
        let message: String
        let home: String
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
    func answer(_ problem: Problem, to request: Request) throws -> Response {
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
            let heading = problem.status == .notFound ? "Not found" : problem.status.reasonPhrase
            response = try page(
                "error-page",
                ErrorPage(
                    layout: layout(title: "Error: \(heading)"),
                    heading: heading,
                    message: problem.message,
                    home: Links.start
                ),
                status: problem.status
            )
        }
        for header in problem.headers { response.headers[header.name] = header.value }
        return response
    }
}
