import Foundation
import HTTPTypes
import Hummingbird

/// Refuses state changes that another site's page sends with the person's browser.
///
/// Browsers say where a request comes from; curl and scripts say nothing, and are let through.
struct SameOrigin: RouterMiddleware {
    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head || Self.isOwn(request.headers, request.head)
        else { throw Problem.foreignOrigin }
        return try await next(request, context)
    }

    private static func isOwn(_ headers: HTTPFields, _ head: HTTPRequest) -> Bool {
        if let site = headers[.secFetchSite], !["same-origin", "none"].contains(site) { return false }
        guard let origin = headers[.origin] else { return true }
        // Host and port both count: another port is another site.
        guard let scheme = origin.range(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == head.authority?.lowercased()
    }
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site") ?? .origin
}
