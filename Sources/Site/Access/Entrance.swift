import Domain
import Engine
import HTTPTypes
import Hummingbird
import Support

/// Turns away whom nothing may be told: under a strange name, from a strange place, or not signed in.
///
/// Every path but a few needs somebody, so that a new page cannot be forgotten here.
struct Entrance: RouterMiddleware {
    let site: Site

    /// What is answered without a person.
    ///
    /// It holds nobody's words, and nginx keeps the numbers to itself.
    private static let open = ["/signin", "/health", "/metrics"]

    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        guard site.isOwn(request.head.authority) else { throw Problem.strangeHost }
        // The router takes `/metrics/` for `/metrics`, and nginx guards the one by its name alone.
        guard request.hasExactPath else { throw Problem.notFound }
        switch context.asker {
        case .success(let asker):
            guard !asker.isReadOnly || request.method == .get || request.method == .head else {
                throw Problem.readOnlyToken
            }
        case .failure(let problem):
            // Also where it cannot be found out: who looks after the site has to see why.
            let isOpen = Self.open.contains(request.uri.path) && problem.status != .forbidden
            guard isOpen else {
                site.note(problem, context)
                throw problem
            }
        }
        return try await next(request, context)
    }
}

extension Request {
    /// Whether the path is written in the one way that leads here.
    fileprivate var hasExactPath: Bool {
        let path = uri.path
        return path == "/" || !path.hasSuffix("/") && !path.contains("//")
    }
}

extension Site {
    /// Has the audit log tell of a refusal that somebody may want to look into.
    fileprivate func note(_ problem: Problem, _ context: SiteContext) {
        guard problem.status == .forbidden || problem.isAboutToken else { return }
        noteRefusal(.accessRefused, who: nil, context, problem.isAboutToken ? "token" : "entrance")
    }

    /// Writes a refusal of somebody who may be anybody into the audit log, once a minute for each address and
    /// kind: whoever hammers must not fill the disk.
    func noteRefusal(_ event: AuditLog.Event, who: String?, _ context: SiteContext, _ kind: String) {
        let key = RefusalNotes.Key(event: event, kind: kind, address: context.remoteAddress)
        guard refusals.isWorthTelling(key, at: engine.now()) else { return }
        audit.record(
            event,
            who: who,
            from: context.remoteAddress,
            request: RequestID.current,
            command: kind
        )
    }

    /// - Throws: ``Problem`` for everybody who does not keep the site.
    func checkAdmin(_ context: SiteContext) throws {
        guard try context.asker.get().role == .admin else { throw Problem.forAdmins }
    }
}

extension Problem {
    static let openToThisMachineOnly = Problem(
        status: .forbidden,
        code: .forbidden,
        message:
            "This Parley has no sign-in, so it answers only the machine that it runs on. Whoever runs it can set "
            + "AUTH_MODE=accounts or AUTH_MODE=proxy to let people in by name, or AUTH_OPEN_TO_NETWORK=true to let "
            + "everybody in. Behind a proxy that is its own, TRUSTED_PROXIES names it."
    )

    static let strangeHost = Problem(
        status: .forbidden,
        code: .forbidden,
        message:
            "Parley does not go by the name in this address. Whoever runs it can set its name as PUBLIC_URL."
    )

    static let noSignOn = Problem(
        status: .unauthorized,
        code: .unauthenticated,
        message:
            "The house's sign-on has not said who you are, so nothing is shown. Whoever runs this site can help."
    )

    static let noSuchName = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "The house's sign-on gives a name that Parley cannot use."
    )

    static let accountDisabled = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "This account is disabled. Whoever runs this site can help."
    )

    static let readOnlyToken = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "This token may look and change nothing."
    )

    static let forAdmins = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "This page is for those who run the site."
    )

    static let unknownToken: Problem = {
        var problem = Problem(
            status: .unauthorized,
            code: .unauthenticated,
            message: "This token is not valid: it was revoked, has expired, or was never made here."
        )
        problem.headers[.wwwAuthenticate] = "Bearer error=\"invalid_token\""
        return problem
    }()

    static let sessionOver: Problem = {
        var problem = Problem.unauthenticated
        problem.isOverdue = true
        return problem
    }()

    /// About what a script signs in with: it wants no page.
    var isAboutToken: Bool { headers[.wwwAuthenticate] != nil }
}
