import Credentials
import Domain
import Engine
import Hummingbird
import Store
import Support

extension Site {
    /// `POST /account/password`: `current`, `new`, `again`; ends the person's other sessions.
    @Sendable func changePassword(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (session, person) = try ownSession(context)
        let form = try await Form(request, nil)
        do {
            try context.check(form, of: request)
            try await change(form, session, person, context)
        } catch {
            guard !request.wantsJSON, let problem = Problem(error) else { throw error }
            return try await accountPage(context, refused: problem)
        }
        var response = Response.seeOther(Links.account)
        Flash.leave("password-changed", at: Links.account, in: &response)
        return response
    }

    private func change(
        _ form: Form,
        _ session: Session,
        _ person: Person,
        _ context: SiteContext
    ) async throws {
        guard let passwords = access.passwords else { throw Problem.notFound }
        // A browser left open must not let whoever finds it guess without end.
        if let wait = access.throttle.enter(from: context.remoteAddress, at: engine.now()) {
            noteRefusal(.rateLimited, who: person.name, context, "sign-in")
            throw Problem.tooManySignIns(wait)
        }
        let new = form.shown("new")
        if let fault = PasswordRule.fault(new, name: person.name) {
            throw Problem.invalid("new", "The new password cannot be taken. \(fault)")
        }
        guard new == form.shown("again") else {
            throw Problem.invalid("new", "The new password is not the same twice.")
        }
        let hash = try await store.read { reader in try reader.findPassword(of: person.id) }
        guard try await passwords.matches(PasswordRule.tidy(form.shown("current")), hash) else {
            noteRefusal(.signInRefused, who: person.name, context, "change-password")
            throw Problem.invalid("current", "This is not your password of now.")
        }
        let fresh = try await passwords.hash(PasswordRule.tidy(new))
        try await store.write { writer in
            try writer.update(password: fresh, of: person.id, keeping: session.id)
        }
        audit.record(
            .passwordChanged,
            who: person.name,
            from: context.remoteAddress,
            request: RequestID.current
        )
    }
}
