import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Support

/// Refuses state changes that another site's page sends with the person's browser.
///
/// Browsers say where a request comes from; curl and scripts say nothing, and are let through: a form needs its
/// token all the same.
struct SameOrigin: RouterMiddleware {
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head || isOwn(request.headers, request.head)
        else {
            site.audit.record(
                .accessRefused,
                who: (try? context.person.name),
                from: context.remoteAddress,
                request: RequestID.current,
                command: "origin"
            )
            throw Problem.foreignOrigin
        }
        return try await next(request, context)
    }

    private func isOwn(_ headers: HTTPFields, _ head: HTTPRequest) -> Bool {
        if let from = headers[.secFetchSite], !["same-origin", "none"].contains(from) { return false }
        // Twice would be two answers to one question.
        guard headers[values: .origin].count < 2 else { return false }
        guard let origin = headers[.origin]?.lowercased() else { return true }
        // Scheme, host and port all count: another port is another site. Behind a proxy that speaks TLS for us,
        // PUBLIC_URL tells what a browser sees.
        if origin == site.about.address?.origin { return true }
        guard let scheme = head.scheme?.lowercased(), var host = head.authority?.lowercased() else {
            return false
        }
        let usual = scheme == "https" ? ":443" : ":80"
        if host.hasSuffix(usual) { host.removeLast(usual.count) }
        return origin == "\(scheme)://\(host)"
    }
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site") ?? .origin
}
