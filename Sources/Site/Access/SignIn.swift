import Credentials
import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Store
import Support

extension Site {
    /// `GET /signin`: the form; `next` is where it leads.
    @Sendable func signInPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard access.passwords != nil else { throw Problem.notFound }
        let next = ReturnPath.check(PageQuery(request)["next"] ?? "")
        if case .success(let asker) = context.asker, asker.session != nil { return .seeOther(next) }
        return try signInPage(request, context, next: next)
    }

    /// `POST /signin`: `name`, `password`, `next`.
    @Sendable func signIn(_ request: Request, _ context: SiteContext) async throws -> Response {
        guard let passwords = access.passwords else { throw Problem.notFound }
        guard request.isSecure || context.isFromThisMachine else { throw Problem.signInInTheClear }
        let form = try await Form(request, nil)
        let next = ReturnPath.check(form.shown("next"))
        let name = PersonName.tidy(form.shown("name"))
        do {
            let account = try await checked(name, form.shown("password"), passwords, context)
            var response: Response =
                request.wantsJSON ? try .json(SignedInJSON(name: account.person.name)) : .seeOther(next)
            try await begin(account, request, context, in: &response)
            return response
        } catch {
            guard !request.wantsJSON, let problem = Problem(error) else { throw error }
            return try signInPage(request, context, next: next, name: name, refused: problem)
        }
    }

    /// The account of this name, if it is its password.
    ///
    /// Unknown, disabled and mistyped are one refusal, and take one time.
    private func checked(
        _ name: String,
        _ password: String,
        _ passwords: Passwords,
        _ context: SiteContext
    ) async throws -> Account {
        let now = engine.now()
        if let wait = access.throttle.enter(from: context.remoteAddress, at: now) {
            noteRefusal(.rateLimited, who: nil, context, "sign-in")
            throw Problem.tooManySignIns(wait)
        }
        // Not in the clear, for it may be a password in the wrong field.
        let key = RandomSecret.hash("\(access.secret) \(name.lowercased())")
        let found = try await store.write {
            writer -> (wait: TimeInterval?, account: Account?, hash: String?) in
            let account = try writer.reader.findAccount(named: name)
            if let wait = SignInThrottle.wait(try writer.reader.findFailedSignIns(nameHash: key), at: now) {
                return (wait, account, nil)
            }
            try writer.insertFailedSignIn(nameHash: key)
            guard let account, !account.isDisabled else { return (nil, account, nil) }
            return (nil, account, try writer.reader.findPassword(of: account.person.id))
        }
        if let wait = found.wait {
            noteRefusal(.rateLimited, who: found.account?.person.name, context, "sign-in-name")
            throw Problem.tooManySignIns(wait)
        }
        let (account, hash) = (found.account, found.hash)
        let text = PasswordRule.tidy(password)
        let isRight: Bool
        do {
            isRight = try await passwords.matches(text, hash)
        } catch {
            // Nobody has looked at the password: it was not wrong.
            try await store.write { writer in try writer.takeBackFailedSignIn(nameHash: key) }
            throw error
        }
        guard isRight, let account, let hash else {
            note(.signInRefused, account, context)
            throw Problem.wrongPassword
        }
        let rehashed = passwords.isDated(hash) ? try await passwords.hash(text) : nil
        try await store.write { writer in
            try writer.deleteFailedSignIns(nameHash: key)
            if let rehashed { try writer.update(rehashed: rehashed, from: hash, of: account.person.id) }
        }
        note(.signedIn, account, context)
        return account
    }

    /// Begins a session under a fresh secret; one that the browser had before ends.
    private func begin(
        _ account: Account,
        _ request: Request,
        _ context: SiteContext,
        in response: inout Response
    ) async throws {
        let (secret, now) = (RandomSecret(), engine.now())
        let session = Session(
            id: .random(),
            createdAt: now,
            seenAt: now,
            address: context.remoteAddress,
            agent: Self.shortened(request.headers[.userAgent] ?? "")
        )
        let before = SessionCookie.find(request).map(RandomSecret.hash)
        try await store.write { writer in
            if let before, let old = try writer.reader.findSession(hash: before) {
                _ = try writer.deleteSession(old.session.id, of: old.account.person.id)
            }
            try writer.deleteSessions(begunBefore: now.addingTimeInterval(-Access.longestSession))
            try writer.insert(session, hash: secret.hash, of: account.person.id)
        }
        SessionCookie.leave(secret.text, request, in: &response)
    }

    /// As much of what a browser calls itself as tells it from another.
    private static func shortened(_ agent: String) -> String {
        String(String.UnicodeScalarView(agent.unicodeScalars.filter { $0.value >= 0x20 }.prefix(200)))
    }

    private func signInPage(
        _ request: Request,
        _ context: SiteContext,
        next: String,
        name: String = "",
        refused problem: Problem? = nil
    ) throws -> Response {
        let isClear = !request.isSecure && !context.isFromThisMachine
        let title = "Sign in"
        var response = try page(
            "sign-in-page",
            SignInView(
                layout: layout(title: problem == nil ? title : "Error: \(title)", context),
                action: Links.signIn,
                next: next,
                name: name,
                problem: problem?.message,
                secure: isClear ? secureSignIn(request) : nil,
                canSignIn: !isClear
            ),
            status: problem?.status ?? .ok
        )
        for header in problem?.headers ?? [:] { response.headers[header.name] = header.value }
        return response
    }

    /// The same page over TLS, as far as its address can be known.
    private func secureSignIn(_ request: Request) -> String {
        if let address = about.address, address.scheme == .https { return address.origin + Links.signIn }
        let host = (request.head.authority ?? "").replacing(/:[0-9]+$/, with: "")
        return "https://\(host)\(Links.signIn)"
    }

    private func note(_ event: AuditLog.Event, _ account: Account?, _ context: SiteContext) {
        audit.record(
            event,
            who: account?.person.name,
            from: context.remoteAddress,
            request: RequestID.current
        )
    }
}

private struct SignInView {
    let layout: Layout
    let action: String
    let next: String
    let name: String
    let problem: String?
    /// Where to sign in instead, from a page that came in the clear.
    let secure: String?
    let canSignIn: Bool
}

private struct SignedInJSON: Encodable {
    let name: String
}

extension Problem {
    static let wrongPassword = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "This name and this password do not belong together. Please try again."
    )

    static let signInInTheClear = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "A password would travel in the clear here. Please sign in over https."
    )

    static func tooManySignIns(_ wait: Double) -> Problem {
        let seconds = max(1, Int(wait.rounded(.up)))
        var problem = Problem(
            status: .tooManyRequests,
            code: .rateLimited,
            message: "Too many attempts to sign in. Please wait \(seconds) s and try again."
        )
        problem.headers[.retryAfter] = "\(seconds)"
        return problem
    }
}
