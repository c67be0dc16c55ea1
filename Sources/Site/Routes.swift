import HTTPTypes
import Hummingbird

/// The site map.
extension Site {
    func router() -> SiteMap {
        let router = SiteMap()
        router.add(middleware: RequestLog())
        if let meters { router.add(middleware: RequestMeter(meters: meters)) }
        router.add(middleware: Asking(site: self))
        router.add(middleware: Problems(site: self))
        router.add(middleware: Entrance(site: self))
        router.add(middleware: SameOrigin(site: self))

        at("/", of: router, get: startPage)
        at("/events", of: router, get: personEvents)
        at("/discussions", of: router, post: startDiscussion)
        at("/discussions/:id", of: router, get: discussionPage)
        at("/discussions/:id/live", of: router, get: livePage)
        at("/discussions/:id/rounds/:number", of: router, get: roundPage)
        at("/discussions/:id/events", of: router, get: discussionEvents)
        at("/discussions/:id/export.md", of: router, get: exportMarkdown)
        at("/discussions/:id/export.json", of: router, get: exportJSON)
        at("/discussions/:id/export.html", of: router, get: exportHTML)
        at("/discussions/:id/providers", of: router, get: providersPage)

        at("/discussions/:id/proceed", of: router, post: proceedDiscussion)
        at("/discussions/:id/input", of: router, post: addInput)
        at("/discussions/:id/files", of: router, post: addFiles)
        at("/discussions/:id/questions", of: router, post: generateQuestions)
        at("/discussions/:id/answers", of: router, post: submitAnswers)
        at("/discussions/:id/summary", of: router, post: generateSummary)
        at("/discussions/:id/resolve", of: router, post: resolveDiscussion)
        at("/discussions/:id/reopen", of: router, post: reopenDiscussion)
        at("/discussions/:id/stop", of: router, post: stopDiscussion)
        at("/discussions/:id/delete", of: router, post: deleteDiscussion)
        at("/discussions/:id/restore", of: router, post: restoreDiscussion)

        at("/files/:file", of: router, get: downloadFile)

        at("/signin", of: router, get: signInPage, post: signIn)
        at("/signout", of: router, post: signOut)
        at("/account", of: router, get: accountPage)
        at("/account/password", of: router, post: changePassword)
        at("/account/sessions/:session/end", of: router, post: endSession)

        at("/costs", of: router, get: costsPage)
        at("/status", of: router, get: statusPage)
        at("/health", of: router, get: healthReport)
        at("/metrics", of: router, get: metrics)
        return router
    }

    typealias Handler = @Sendable (Request, SiteContext) async throws -> Response

    /// Puts a page and an action at a path, and a 405 with Allow at its other methods.
    private func at(
        _ path: RouterPath,
        of router: SiteMap,
        get: Handler? = nil,
        post: Handler? = nil
    ) {
        var handlers: [HTTPRequest.Method: Handler] = [:]
        handlers[.get] = get
        // The transport leaves the body of an answer to HEAD out.
        handlers[.head] = get
        handlers[.post] = post
        let allow = handlers.keys.map(\.rawValue).sorted().joined(separator: ", ")
        for method in [.get, .head, .post, .put, .patch, .delete, .options] as [HTTPRequest.Method] {
            if let handler = handlers[method] {
                router.on(path, method, handler)
            } else {
                router.on(path, method, isRoute: false) { _, _ -> Response in
                    throw Problem.methodNotAllowed(allow: allow)
                }
            }
        }
    }
}
