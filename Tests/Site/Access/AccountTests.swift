import Credentials
import Domain
import Doubles
import Foundation
import HTTPTypes
import Hummingbird
import Store
import Testing

@testable import Site

@Suite("The account's page", .timeLimit(.minutes(5)))
struct AccountTests {
    @Test("changes the password, which ends all other sessions")
    func password() async throws {
        try await AccountsSite.with { site in
            let here = try await site.member("anna")
            let there = try await site.again(here.person)
            let new = "another good horse"
            func change(_ current: String, _ new: String, _ again: String) async throws -> Answer {
                try await site.post(
                    "/account/password",
                    ["current": current, "new": new, "again": again],
                    as: here
                )
            }
            for (answer, words) in [
                (try await change("wrong", new, new), "not your password"),
                (try await change(AccountsSite.password, "short", "short"), "10 characters"),
                (try await change(AccountsSite.password, new, new + "x"), "not the same twice"),
            ] {
                #expect(answer.status == 400)
                #expect(answer.text.contains(words))
                #expect(!answer.text.contains(new))
                _ = try Tokens(answer.text, allowed: .page)
            }
            #expect(try await site.get("/", as: there).status == 200)
            let stale = try await site.post("/account/password", ["new": new], as: here, token: "")
            #expect(stale.status == 403)

            #expect(try await change(AccountsSite.password, new, new).headers[.location] == "/account")
            #expect(try await site.get("/", as: there).status == 303)
            #expect(try await site.get("/", as: here).status == 200)
            #expect(try await site.signIn("anna").status == 403)
            #expect(try await site.signIn("anna", new).status == 303)
        }
    }

    @Test("lists own sessions and ends them, and nobody else's")
    func sessions() async throws {
        try await AccountsSite.with { site in
            let (here, ben) = (try await site.member("anna"), try await site.member("ben"))
            let there = try await site.again(here.person)
            let sessions = try await site.sessions(of: here)
            #expect(sessions.count == 2)
            let other = try #require(sessions.first { !$0.isCurrent }?.id)
            #expect(try await site.post("/account/sessions/\(other)/end", as: ben).status == 404)
            #expect(try await site.get("/", as: there).status == 200)
            #expect(try await site.post("/account/sessions/\(other)/end", as: here, token: "x").status == 403)
            let ended = try await site.post("/account/sessions/\(other)/end", as: here)
            #expect(ended.headers[.location] == "/account")
            #expect(try await site.get("/", as: there).status == 303)
            #expect(try await site.sessions(of: here).count == 1)

            let own = try #require(try await site.sessions(of: here).first?.id)
            let left = try await site.post("/account/sessions/\(own)/end", as: here)
            #expect(left.headers[.location] == "/signin")
        }
    }

    @Test("is not there without a sign-in, and not for tokens")
    func others() async throws {
        try await withSite { site in
            for path in ["/account", "/signin"] {
                let page = try await site.get(path)
                #expect(page.status == 404)
            }
            for path in ["/signout", "/signin", "/account/password"] {
                #expect(try await site.post(form: [:], to: path).status == 404)
            }
        }
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            let (_, token) = try await site.token(of: anna)
            let headers: HTTPFields = [.authorization: "Bearer \(token)", .accept: "application/json"]
            #expect(try await site.site.send(.get, "/account", headers).status == 403)
            #expect(try await site.site.send(.post, "/account/password", headers).status == 403)
        }
    }

    @Test("a token comes in until it is revoked, has expired, or its account is disabled")
    func tokens() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            let until = site.site.clock.now.addingTimeInterval(100)
            let (kept, lasting) = try await site.token(of: anna)
            let (_, brief) = try await site.token(of: anna, until: until)
            func status(_ token: String, _ scheme: String = "Bearer") async throws -> Int {
                let headers: HTTPFields = [.authorization: "\(scheme) \(token)", .accept: "application/json"]
                return try await site.site.send(.get, "/", headers).status
            }
            #expect(try await status(lasting) == 200)
            #expect(try await status(lasting, "bearer") == 200)
            #expect(try await status(lasting, "Basic") == 401)
            #expect(try await status(brief) == 200)
            site.site.clock.advance(by: 101)
            #expect(try await status(brief) == 401)
            try await site.site.store.write { try $0.update(isDisabled: true, of: anna.id) }
            #expect(try await status(lasting) == 401)
            try await site.site.store.write { try $0.update(isDisabled: false, of: anna.id) }
            #expect(try await status(lasting) == 200)
            _ = try await site.site.store.write { try $0.deleteToken(kept) }
            #expect(try await status(lasting) == 401)
            let headers: HTTPFields = [.authorization: "Bearer \(lasting)"]
            let page = try await site.site.send(.get, "/", headers)
            #expect(page.status == 401, "a script is not led to a form")
            #expect(page.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        }
    }

    @Test("a token starts a discussion without any form's token")
    func command() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            let (_, token) = try await site.token(of: anna)
            let headers: HTTPFields = [
                .authorization: "Bearer \(token)", .accept: "application/json",
                .contentType: "application/json",
                .init("Idempotency-Key") ?? .age: "c1",
            ]
            let started = try await site.site.send(
                .post,
                "/discussions",
                headers,
                body: Array(#"{"topic":"Why?"}"#.utf8)
            )
            #expect(started.status == 201)
            let id = try started.discussion()
            _ = try await site.site.store.transcript(id, of: anna.id) { $0.discussion.status == .waiting }
        }
    }

    @Test("an account that is disabled is out at once, in every browser")
    func disabled() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            try await site.site.store.write { try $0.update(isDisabled: true, of: anna.person.id) }
            #expect(try await site.get("/", as: anna, json: true).status == 401)
            #expect(try await site.get("/events?wait=0", as: anna, json: true).status == 401)
            #expect(try await site.signIn("anna").status == 403)
        }
    }

    @Test("a live page that is open ends with its session")
    func live() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            let discussion = Samples.discussion(of: anna.person.id, status: .running)
            try await site.site.insert(discussion, rounds: [Round(number: 1, complete: false, messages: [])])
            let response = try await site.site.respond(
                .get,
                "/discussions/d1/live",
                [.cookie: anna.cookie]
            )
            let collected = Collected()
            async let written: Void = response.body.write(CollectingWriter(collected))
            // Its waiter is armed: it has looked, and found nothing.
            while site.site.store.bell.count == 0 { await Task.yield() }
            try await site.site.store.write { try $0.update(isDisabled: true, of: anna.person.id) }
            _ = try await site.site.store.write { writer in
                try writer.append(
                    .error(.init(code: .providerError, message: "canary", status: .running)),
                    of: discussion.id
                )
            }
            try await written
            #expect(!collected.text.contains("It is your turn"))
        }
    }

    @Test("shows costs and how the site fares by role")
    func roles() async throws {
        try await AccountsSite.with { site in
            let (anna, admin) = (try await site.member("anna"), try await site.member("ada", role: .admin))
            try await site.site.store.write { writer in
                for person in [anna.person, admin.person] {
                    try writer.insert(FullDiscussion.record("of-\(person.name)", of: person))
                }
                for (name, tokens) in [("of-anna", 11), ("of-ada", 31)] {
                    try writer.insert(
                        [
                            Usage(
                                provider: .local,
                                model: "m",
                                purpose: .message,
                                promptTokens: tokens,
                                completionTokens: tokens,
                                cost: nil
                            )
                        ],
                        of: DiscussionID(rawValue: name),
                        on: "2026-11-30"
                    )
                }
            }
            func people(_ member: AccountsSite.Member) async throws -> Set<String> {
                let usage = try await site.get("/costs", as: member, json: true).json()["usage"]
                let rows = try #require(usage as? [[String: Any]])
                return Set(rows.compactMap { $0["person"] as? String })
            }
            #expect(try await people(anna) == ["anna"])
            #expect(try await people(admin) == ["anna", "ada"])
            #expect(try await site.get("/status", as: admin, json: true).text.contains("local-model"))
            let seen = try await site.get("/status", as: anna, json: true)
            #expect(seen.status == 200)
            #expect(!seen.text.contains("local-model"))
        }
    }
}

extension AccountsSite {
    fileprivate func sessions(of member: Member) async throws -> [(id: String, isCurrent: Bool)] {
        let json = try await get("/account", as: member, json: true).json()
        let sessions = try #require(json["sessions"] as? [[String: Any]])
        return try sessions.map { session in
            (try #require(session["id"] as? String), try #require(session["current"] as? Bool))
        }
    }
}
