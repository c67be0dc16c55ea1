import Credentials
import Domain
import Doubles
import Foundation
import HTTPTypes
import Logging
import Store
import Support
import Testing

@testable import Site

@Suite("Signing in", .timeLimit(.minutes(5)))
struct SignInTests {
    @Test("leads to the page that was asked for, and signs out again")
    func wayIn() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            let asked = try await site.site.get("/costs?x=1")
            #expect(asked.status == 303)
            #expect(asked.headers[.location] == "/signin?next=%2Fcosts%3Fx%3D1")
            let form = try await site.site.get("/signin?next=%2Fcosts%3Fx%3D1")
            #expect(form.status == 200)
            _ = try Tokens(form.text, allowed: .page)
            #expect(form.text.contains(#"name="next" value="/costs?x=1""#))
            let entered = try await site.signIn("anna", next: "/costs?x=1")
            #expect(entered.status == 303)
            #expect(entered.headers[.location] == "/costs?x=1")

            let member = try await site.again(anna)
            #expect(try await site.get("/costs", as: member).status == 200)
            #expect(try await site.post("/signout", as: member, token: "wrong").status == 403)
            let out = try await site.post("/signout", as: member)
            #expect(out.status == 303)
            #expect(out.cookies.contains { $0.hasPrefix("parley_session=;") && $0.contains("Max-Age=0") })
            #expect(try await site.get("/costs", as: member, json: true).status == 401)
        }
    }

    @Test(
        "tells a wrong password, an unknown name, a disabled account and one without a password apart to nobody"
    )
    func refusals() async throws {
        try await AccountsSite.with { site in
            let off = try await site.add("off")
            _ = try await site.add("anna")
            try await site.site.store.write { writer in
                try writer.update(isDisabled: true, of: off.id)
                _ = try writer.insertAccount(named: "none", role: .member, password: nil)
            }
            var pages: Set<String> = []
            for (name, password) in [
                ("anna", "wrong"), ("nobody", AccountsSite.password), ("off", AccountsSite.password),
                ("none", AccountsSite.password), ("none", ""), ("anna", ""),
            ] {
                let answer = try await site.signIn(name, password)
                #expect(answer.status == 403)
                #expect(answer.cookies.isEmpty)
                #expect(answer.text.contains(#"name="name" value="\#(name)""#), "the typed name is kept")
                #expect(!answer.text.contains(AccountsSite.password))
                pages.insert(answer.text.replacing("value=\"\(name)\"", with: "value"))
            }
            #expect(pages.count == 1)
        }
    }

    @Test("gives a browser a fresh cookie each time, with all that keeps it where it belongs")
    func cookie() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            let plain = try #require(try await site.signIn("anna").cookies.first)
            let parts = plain.split(separator: "; ").map(String.init)
            #expect(parts[0].wholeMatch(of: /parley_session=[A-Za-z0-9_-]{43}/) != nil)
            #expect(Set(parts.dropFirst()) == ["Path=/", "HttpOnly", "Max-Age=2592000", "SameSite=Lax"])
            let tls = TestSite.Source(scheme: "https", address: "10.0.0.7")
            let secure = try #require(try await site.signIn("anna", from: tls).cookies.first)
            #expect(secure.hasPrefix("__Host-parley_session="))
            #expect(secure.contains("; Secure"))
            #expect(!secure.contains("Domain"))

            // Rotation: what the browser had before is worth nothing any more.
            let member = try await site.again(anna)
            let next = try await site.signIn("anna", headers: [.cookie: member.cookie])
            let fresh = String(try #require(next.cookies.first).prefix { $0 != ";" })
            #expect(fresh != member.cookie)
            #expect(try await site.get("/account", as: member).status == 303)
            // And only its hash is in the database.
            let value = String(fresh.dropFirst("parley_session=".count))
            let found = try await site.site.store.read { try $0.findSession(hash: value) }
            #expect(found == nil)
            let kept = try await site.site.store.read { try $0.findSession(hash: RandomSecret.hash(value)) }
            #expect(kept != nil)
        }
    }

    @Test("a cookie of plain http counts for nothing under TLS, nor the other way round")
    func schemes() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            let value = anna.cookie.replacing("parley_session=", with: "__Host-parley_session=")
            let tls = TestSite.Source(scheme: "https")
            #expect(try await site.site.send(.get, "/", [.cookie: anna.cookie], from: tls).status == 303)
            #expect(try await site.site.send(.get, "/", [.cookie: value], from: tls).status == 200)
            #expect(try await site.site.send(.get, "/", [.cookie: value]).status == 303)
        }
    }

    @Test("over plain http from another machine is refused, with a link to https")
    func inTheClear() async throws {
        try await AccountsSite.with { site in
            _ = try await site.add("anna")
            for source in [
                TestSite.Source(host: "parley.test", address: "10.0.0.7"),
                TestSite.Source(host: "parley.test:8080", address: "10.0.0.7"),
                TestSite.Source(host: "parley.test", address: "127.0.0.1", isForwarded: true),
            ] {
                let page = try await site.site.send(.get, "/signin", from: source)
                #expect(page.text.contains(#"href="https://parley.test/signin""#))
                #expect(!page.text.contains("type=\"password\""))
                let refused = try await site.signIn("anna", from: source)
                #expect(refused.status == 403)
                #expect(refused.cookies.isEmpty)
            }
        }
    }

    static let elsewhere = [
        "//evil.example/", "https://evil.example", "/\\evil.example", "\\\\evil.example",
        "javascript:alert(1)",
        "/signin", "/signout", "", "evil", "/\r\nSet-Cookie: a=b", "/\t/evil.example", " /costs",
    ]

    @Test("leads nowhere but to this site's own pages", arguments: elsewhere)
    func openRedirect(next: String) async throws {
        try await AccountsSite.with { site in
            _ = try await site.add("anna")
            let answer = try await site.signIn("anna", next: next)
            #expect(answer.status == 303)
            #expect(answer.headers[.location] == "/")
        }
    }

    @Test("is slowed down by address: after so many in a minute it has to wait")
    func byAddress() async throws {
        try await AccountsSite.with(signInsPerMinute: 3) { site in
            _ = try await site.add("anna")
            for number in 1...3 { #expect(try await site.signIn("name\(number)", "wrong").status == 403) }
            let refused = try await site.signIn("anna")
            #expect(refused.status == 429)
            #expect(refused.headers[.retryAfter] == "60")
            #expect(refused.text.contains(#"name="name" value="anna""#))
            // Another address is not held back, and a minute later this one is not either.
            let other = TestSite.Source(scheme: "https", address: "10.0.0.8")
            #expect(try await site.signIn("anna", from: other).status == 303)
            site.site.clock.advance(by: 61)
            #expect(try await site.signIn("anna").status == 303)
        }
    }

    @Test("is slowed down by name, longer with each failure, from wherever it is tried, known or not")
    func byName() async throws {
        for name in ["anna", "nobody"] {
            try await AccountsSite.with { site in
                _ = try await site.add("anna")
                for number in 1...5 {
                    let from = TestSite.Source(scheme: "https", address: "10.0.0.\(number)")
                    #expect(try await site.signIn(name, "wrong", from: from).status == 403)
                }
                let right = try await site.signIn(name)
                #expect(right.status == 429)
                #expect(right.headers[.retryAfter] == "1")
                site.site.clock.advance(by: 1)
                #expect(
                    try await site.signIn(name.uppercased(), "wrong").status == 403,
                    "in other letters too"
                )
                #expect(try await site.signIn(name).headers[.retryAfter] == "2")
                site.site.clock.advance(by: 2)
                guard name == "anna" else { return }
                #expect(try await site.signIn(name).status == 303)
                #expect(try await site.signIn(name, "wrong").status == 403, "a good one forgets the failures")
            }
        }
    }

    @Test(
        "by address counts a whole network of IPv6 as one",
        arguments: [
            ("2001:db8::1", "2001:db8::ffff:2", true), ("2001:db8:0:1::1", "2001:db8::1", false),
            ("10.0.0.1", "::ffff:10.0.0.1", true), ("10.0.0.1", "10.0.0.2", false), ("unix:", "unix:", true),
        ]
    )
    func networks(one: String, other: String, isSame: Bool) {
        #expect((SignInThrottle.network(of: one) == SignInThrottle.network(of: other)) == isSame)
    }

    @Test("is written to the audit log, without what was typed")
    func audit() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = try AuditLog(.file(path), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await AccountsSite.with(audit: log) { site in
            _ = try await site.signIn("my secret pass", "typed-by-mistake")
            let anna = try await site.member("anna")
            let left = try await site.post("/signout", as: anna)
            #expect(left.headers[.init("Clear-Site-Data") ?? .age] == #""cache", "storage""#)
        }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains(#""event":"sign-in-refused""#))
        #expect(text.contains(#""event":"signed-in","who":"anna""#))
        #expect(text.contains(#""event":"signed-out","who":"anna""#))
        for secret in ["my secret pass", "typed-by-mistake", AccountsSite.password] {
            #expect(!text.contains(secret))
        }
    }

    @Test("is over after the idle time, and after thirty days however busy; what was typed comes back")
    func over() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            for _ in 1...3 {
                site.site.clock.advance(by: 86_000)
                #expect(try await site.get("/account", as: anna).status == 200)
            }
            // What the page asks by itself is no sign of a person.
            site.site.clock.advance(by: 86_000)
            #expect(try await site.get("/events?wait=0", as: anna, json: true).status == 200)
            site.site.clock.advance(by: 1_000)
            #expect(try await site.get("/account", as: anna).status == 303)
            let late = try await site.post("/discussions/d1/input", ["input": "Precious <words>"], as: anna)
            #expect(late.status == 401)
            #expect(late.text.contains("Precious &lt;words&gt;"))
            #expect(late.text.contains("/signin?next=%2Fdiscussions%2Fd1"))

            let again = try await site.again(anna.person)
            for _ in 1...30 {
                site.site.clock.advance(by: 86_390)
                _ = try await site.get("/account", as: again)
            }
            #expect(try await site.get("/account", as: again).status == 200)
            site.site.clock.advance(by: 1_000)
            #expect(try await site.get("/account", as: again).status == 303)
        }
    }
}
