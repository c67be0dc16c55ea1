import Hummingbird

/// The whole site under the path of PUBLIC_URL.
///
/// nginx passes the URI as it was asked for; here its beginning is taken off, so that routes and logs know
/// nothing of it, and given to ``Links`` for as long as the answer is made and written.
struct UnderPath<Inside: HTTPResponder>: HTTPResponder where Inside.Context == SiteContext {
    let site: Site
    let path: String
    let inside: Inside

    func respond(to request: Request, context: SiteContext) async throws -> Response {
        guard !path.isEmpty else { return try await inside.respond(to: request, context: context) }
        return try await Links.$base.withValue(path) {
            guard let request = stripped(request) else {
                return try site.answer(.notFound, to: request, context)
            }
            var response = try await inside.respond(to: request, context: context)
            // A body of unknown length is made while it is written, which is after this.
            if response.body.contentLength == nil {
                let body = response.body
                response.body = ResponseBody { writer in
                    try await Links.$base.withValue(path) { try await body.write(writer) }
                }
            }
            return response
        }
    }

    private func stripped(_ request: Request) -> Request? {
        guard let asked = request.head.path, asked.hasPrefix(path) else { return nil }
        let rest = asked.dropFirst(path.count)
        guard rest.isEmpty || rest.hasPrefix("/") || rest.hasPrefix("?") else { return nil }
        var head = request.head
        head.path = rest.hasPrefix("/") ? String(rest) : "/" + rest
        return Request(head: head, body: request.body)
    }
}
