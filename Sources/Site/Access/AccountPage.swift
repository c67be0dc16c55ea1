import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Store

extension Site {
    /// `GET /account`: own password, sessions and tokens.
    @Sendable func accountPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (session, _) = try ownSession(context)
        let done = Flash.find(request)
        let own = try await ownAccess(context)
        guard !request.wantsJSON else { return try .json(AccountJSON(own, current: session.id)) }
        var response = try accountPage(own, current: session.id, context, done: done)
        if done != nil { Flash.clear(at: Links.account, in: &response) }
        return response
    }

    /// The page as a refused form shows it.
    func accountPage(_ context: SiteContext, refused problem: Problem) async throws -> Response {
        let (session, _) = try ownSession(context)
        return try accountPage(try await ownAccess(context), current: session.id, context, refused: problem)
    }

    private func ownAccess(_ context: SiteContext) async throws -> OwnAccess {
        let (asker, now) = (try context.asker.get(), engine.now())
        let idle = access.idle
        return try await store.read { reader in
            OwnAccess(
                name: asker.person.name,
                role: asker.role,
                sessions: try reader.listSessions(
                    of: asker.person.id,
                    seenSince: now.addingTimeInterval(-idle),
                    begunSince: now.addingTimeInterval(-Access.longestSession)
                ),
                tokens: try reader.listTokens(of: asker.person.id),
                now: now
            )
        }
    }

    private func accountPage(
        _ own: OwnAccess,
        current: SessionID,
        _ context: SiteContext,
        done: String? = nil,
        refused problem: Problem? = nil
    ) throws -> Response {
        let title = "Your account"
        return try page(
            "account-page",
            AccountView(
                layout: layout(title: problem == nil ? title : "Error: \(title)", context),
                home: Links.start,
                name: own.name,
                isAdmin: own.role == .admin,
                done: done.flatMap { Outcome.words[$0] },
                problem: problem.map {
                    .init(message: $0.message, field: $0.field == "current" ? "current" : "new")
                },
                currentFault: problem?.field == "current",
                newFault: problem?.field == "new",
                password: Links.changePassword,
                sessions: own.sessions.map { AccountView.Entry($0, current: current) },
                hasTokens: !own.tokens.isEmpty,
                tokens: own.tokens.map { AccountView.TokenEntry($0, now: own.now) }
            ),
            status: problem?.status ?? .ok
        )
    }
}

private struct OwnAccess: Sendable {
    let name: String
    let role: Role
    let sessions: [Session]
    let tokens: [APIToken]
    let now: Date
}

private struct AccountView {
    struct Fault {
        let message: String
        let field: String
    }

    struct Entry {
        let end: String
        let isCurrent: Bool
        let agent: String
        let address: String
        let begun: TimeView
        let seen: TimeView

        init(_ session: Session, current: SessionID) {
            end = Links.endSession(session.id)
            isCurrent = session.id == current
            agent = session.agent.isEmpty ? "A browser without a name" : session.agent
            address = session.address
            begun = TimeView(session.createdAt)
            seen = TimeView(session.seenAt)
        }
    }

    struct TokenEntry {
        let id: String
        let kind: String
        let made: TimeView
        let used: TimeView?
        let expires: TimeView?
        let isExpired: Bool

        init(_ token: APIToken, now: Date) {
            id = token.id.rawValue
            kind = token.isReadOnly ? "may look" : "may do all that you may"
            made = TimeView(token.createdAt)
            used = token.usedAt.map(TimeView.init)
            expires = token.expiresAt.map(TimeView.init)
            isExpired = token.expiresAt.map { $0 <= now } ?? false
        }
    }

    let layout: Layout
    let home: String
    let name: String
    let isAdmin: Bool
    let done: String?
    let problem: Fault?
    let currentFault: Bool
    let newFault: Bool
    let password: String
    let sessions: [Entry]
    let hasTokens: Bool
    let tokens: [TokenEntry]
}

private struct AccountJSON: Encodable {
    struct Entry: Encodable {
        let id: SessionID
        let current: Bool
        let createdAt: String
        let seenAt: String
        let address: String
        let agent: String
    }

    struct Token: Encodable {
        let id: APITokenID
        let readOnly: Bool
        let createdAt: String
        @ExplicitNull var expiresAt: String?
        @ExplicitNull var usedAt: String?
    }

    let name: String
    let role: Role
    let sessions: [Entry]
    let tokens: [Token]

    init(_ own: OwnAccess, current: SessionID) {
        name = own.name
        role = own.role
        sessions = own.sessions.map {
            Entry(
                id: $0.id,
                current: $0.id == current,
                createdAt: $0.createdAt.iso8601,
                seenAt: $0.seenAt.iso8601,
                address: $0.address,
                agent: $0.agent
            )
        }
        tokens = own.tokens.map {
            Token(
                id: $0.id,
                readOnly: $0.isReadOnly,
                createdAt: $0.createdAt.iso8601,
                expiresAt: $0.expiresAt?.iso8601,
                usedAt: $0.usedAt?.iso8601
            )
        }
    }
}
