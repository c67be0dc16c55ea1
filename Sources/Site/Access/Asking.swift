import Credentials
import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Store
import Support

/// Finds out who asks, once for each request, before anything is answered.
struct Asking: RouterMiddleware {
    let site: Site

    func handle(
        _ request: Request,
        context: SiteContext,
        next: (Request, SiteContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        // What goes wrong is kept too: who answers it stands further in.
        do {
            let asker = try await site.findAsker(request, context)
            context.asker = .success(asker)
            context.formToken = FormToken.make(for: asker, secret: site.access.secret)
        } catch let problem as Problem {
            context.asker = .failure(problem)
        } catch is NameTaken {
            context.asker = .failure(.noSuchName)
        } catch {
            context.logger.error("who asks could not be found out", error: error)
            context.asker = .failure(.internalError)
        }
        return try await next(request, context)
    }
}

extension Site {
    fileprivate func findAsker(_ request: Request, _ context: SiteContext) async throws -> Asker {
        switch access.mode {
        case .open(let person, let toNetwork):
            guard toNetwork || context.isFromThisMachine else { throw Problem.openToThisMachineOnly }
            return Asker(person: person, role: .admin, name: person.name, means: .house)
        case .accounts:
            if let token = request.bearerToken { return try await findAsker(token: token, context) }
            return try await findAsker(session: request, context)
        case .proxy(let admins):
            guard let signedOn = context.signedOn else { throw Problem.noSignOn }
            return try await findAsker(signedOn, admins: admins, context)
        }
    }

    private func findAsker(session request: Request, _ context: SiteContext) async throws -> Asker {
        guard let cookie = SessionCookie.find(request) else { throw Problem.unauthenticated }
        let hash = RandomSecret.hash(cookie)
        guard let found = try await store.read({ reader in try reader.findSession(hash: hash) }),
            !found.account.isDisabled
        else { throw Problem.unauthenticated }
        let (session, account, now) = (found.session, found.account, engine.now())
        guard isLasting(session, now) else { throw Problem.sessionOver }
        // What the page does by itself is no sign of a person.
        if now.timeIntervalSince(session.seenAt) >= Access.seenEvery, !request.isByPage {
            await noteSeen(context) { writer in try writer.update(session: session.id, seenAt: now) }
        }
        return Asker(
            person: account.person,
            role: account.role,
            name: account.person.name,
            means: .session(session)
        )
    }

    /// Whether a session is not over yet.
    func isLasting(_ session: Session, _ now: Date) -> Bool {
        now.timeIntervalSince(session.seenAt) < access.idle
            && now.timeIntervalSince(session.createdAt) < Access.longestSession
    }

    /// Reading goes on also while nothing can be written.
    private func noteSeen(
        _ context: SiteContext,
        _ write: @escaping @Sendable (StoreWriter) throws -> Void
    ) async {
        do {
            try await store.write(write)
        } catch {
            context.logger.warning("when somebody was last seen could not be written", error: error)
        }
    }

    private func findAsker(token text: String, _ context: SiteContext) async throws -> Asker {
        let (hash, now) = (RandomSecret.hash(text), engine.now())
        guard let found = try await store.read({ reader in try reader.findToken(hash: hash) }),
            !found.account.isDisabled, found.token.isLasting(now)
        else { throw Problem.unknownToken }
        let token = found.token
        if now.timeIntervalSince(token.usedAt ?? .distantPast) >= Access.seenEvery {
            await noteSeen(context) { writer in try writer.update(token: token.id, usedAt: now) }
        }
        return Asker(
            person: found.account.person,
            role: found.account.role,
            name: found.account.person.name,
            means: .token(token)
        )
    }

    /// The person whom the sign-on names, made when they first come.
    private func findAsker(
        _ signedOn: SignedOn,
        admins: String?,
        _ context: SiteContext
    ) async throws -> Asker {
        // The open site's person is nobody's to be called.
        guard PersonName.isValid(signedOn.name), signedOn.name != Person.localName else {
            throw Problem.noSuchName
        }
        let role: Role = admins.map(signedOn.groups.contains) == true ? .admin : .member
        let found = try await store.read { reader in try reader.findAccount(named: signedOn.name) }
        var account: Account
        if let found {
            account = found
        } else {
            // Two first requests at once: the second finds what the first has made.
            account = try await store.write { writer in
                if let there = try writer.reader.findAccount(named: signedOn.name) { return there }
                return try writer.insertAccount(named: signedOn.name, role: role, password: nil)
            }
            audit.record(
                .accountAdded,
                who: account.person.name,
                from: context.remoteAddress,
                request: RequestID.current,
                command: "sign-on"
            )
        }
        guard !account.isDisabled else { throw Problem.accountDisabled }
        return Asker(
            person: account.person,
            role: role,
            name: signedOn.displayName ?? account.person.name,
            means: .signOn
        )
    }

    /// Whether who asked may still be answered: their session or token is there, their account is not disabled.
    func isStillIn(_ context: SiteContext) async throws -> Bool {
        let (asker, now) = (try context.asker.get(), engine.now())
        return try await store.read { reader -> Bool in
            guard let account = try reader.findAccount(asker.person.id), !account.isDisabled else {
                return false
            }
            switch asker.means {
            case .house, .signOn: return true
            case .session(let session):
                return try reader.listSessions(
                    of: asker.person.id,
                    seenSince: .distantPast,
                    begunSince: now.addingTimeInterval(-Access.longestSession)
                ).contains { $0.id == session.id && isLasting($0, now) }
            case .token(let token):
                return try reader.listTokens(of: asker.person.id).contains {
                    $0.id == token.id && $0.isLasting(now)
                }
            }
        }
    }
}

extension Request {
    /// What a script signs in with.
    fileprivate var bearerToken: String? {
        guard let field = headers[.authorization] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
    }

    /// Asked by parley.js of its own accord, not by its person.
    fileprivate var isByPage: Bool {
        uri.path.hasSuffix("/events") || headers[.init("Parley-Part") ?? .from] != nil
    }
}

extension APIToken {
    fileprivate func isLasting(_ now: Date) -> Bool { expiresAt.map { now < $0 } ?? true }
}

extension SiteContext {
    /// Asked from this very machine, and not through a proxy that may have it from anywhere.
    var isFromThisMachine: Bool { !isForwardedByStranger && Loopback.isAddress(remoteAddress) }
}
