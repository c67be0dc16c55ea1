import HTTPTypes
import Hummingbird

/// The router, and the list of what it leads to, which it does not tell: tests walk it, so that no route is
/// forgotten.
final class SiteMap {
    struct Route: Hashable {
        let method: HTTPRequest.Method
        /// With `{name}` where an id stands.
        let path: String
    }

    private(set) var routes: [Route] = []
    private let router = Router(context: SiteContext.self)

    func add(middleware: some RouterMiddleware<SiteContext>) { router.add(middleware: middleware) }

    /// - Parameter isRoute: not so for what answers methods that a path does not take.
    func on(
        _ path: RouterPath,
        _ method: HTTPRequest.Method,
        isRoute: Bool = true,
        _ handler: @escaping Site.Handler
    ) {
        router.on(path, method: method, use: handler)
        if isRoute { routes.append(Route(method: method, path: path.description)) }
    }

    func buildResponder() -> some HTTPResponder<SiteContext> { router.buildResponder() }
}
