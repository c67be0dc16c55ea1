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
        let isRead = request.method == .get || request.method == .head
        // A poll takes one of its person's few places, and may move a consumer on.
        guard isRead ? !request.isPoll || isOwnPoll(request) : isOwn(request.headers, request.head) else {
            site.noteRefusal(.accessRefused, who: try? context.person.name, context, "origin")
            throw Problem.foreignOrigin
        }
        return try await next(request, context)
    }

    /// An image in another page brings no Origin, but says where it stands unless that page forbids it.
    private func isOwnPoll(_ request: Request) -> Bool {
        guard isOwn(request.headers, request.head) else { return false }
        guard request.headers[.origin] == nil, let page = request.headers[.referer].flatMap(Self.origin(of:))
        else { return true }
        return isOwn(origin: page, request.head)
    }

    /// Scheme, host and port of an address.
    private static func origin(of address: String) -> String? {
        address.lowercased().prefixMatch(of: /[a-z]+:\/\/[^\/?#]+/).map { String($0.output) }
    }

    private func isOwn(_ headers: HTTPFields, _ head: HTTPRequest) -> Bool {
        if let from = headers[.secFetchSite], !["same-origin", "none"].contains(from) { return false }
        // Twice would be two answers to one question.
        guard headers[values: .origin].count < 2 else { return false }
        guard let origin = headers[.origin]?.lowercased() else { return true }
        return isOwn(origin: origin, head)
    }

    private func isOwn(origin: String, _ head: HTTPRequest) -> Bool {
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

extension Request {
    fileprivate var isPoll: Bool { uri.path.hasSuffix("/events") || uri.path.hasSuffix("/live") }
}

extension HTTPField.Name {
    static let secFetchSite = Self("Sec-Fetch-Site") ?? .origin
}
