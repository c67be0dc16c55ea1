import Hummingbird

/// Finds out who asks, once for each request, before anything is answered.
struct Asking: RouterMiddleware {
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        // Errors are kept too: what answers them stands further in, and may not need a person.
        context.asker = .success(site.person)
        return try await next(request, context)
    }
}
