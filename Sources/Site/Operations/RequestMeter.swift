import HTTPTypes
import Hummingbird

/// Counts each request by its route, never by its path: ids would make a series each.
struct RequestMeter: RouterMiddleware {
    let meters: Meters

    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        meters.requested(
            route: context.endpointPath ?? "none",
            // A client may invent methods.
            method: Self.known.contains(request.method) ? request.method.rawValue : "other",
            status: response.status.code,
            in: .now - start
        )
        return response
    }

    private static let known: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}
