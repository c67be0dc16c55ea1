import HTTPTypes
import Hummingbird
import Logging

/// One line per request.
///
/// Never the query or the body: both carry people's words.
struct RequestLog: RouterMiddleware {
    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method)",
                "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
                "ms": "\(Int((ContinuousClock.now - start) / .milliseconds(1)))",
            ]
        )
        return response
    }
}
