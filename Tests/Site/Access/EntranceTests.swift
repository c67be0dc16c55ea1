import Domain
import Doubles
import Foundation
import HTTPTypes
import Logging
import Store
import Support
import Testing

@testable import Site

@Suite("At the entrance", .timeLimit(.minutes(5)))
struct EntranceTests {
    private static func open(
        toNetwork: Bool = false,
        address: String? = nil,
        _ body: (TestSite) async throws -> Void
    ) async throws {
        try await withSite(
            address: address.flatMap(PublicAddress.init),
            access: { .open($0, toNetwork: toNetwork) },
            body
        )
    }

    @Test("of an open site whoever asks from another machine is told why not, and what to set")
    func network() async throws {
        try await Self.open { site in
            for address in ["10.0.0.7", "2001:db8::1", "", "127.evil", "::ffff:10.0.0.7", "0.0.0.0"] {
                for path in ["/", "/discussions/d1", "/health", "/nowhere"] {
                    let from = TestSite.Source(host: "localhost:8080", address: address)
                    let page = try await site.send(.get, path, from: from)
                    #expect(page.status == 403, "\(address) \(path)")
                    #expect(page.text.contains("AUTH_OPEN_TO_NETWORK=true"))
                    _ = try Tokens(page.text, allowed: .page)
                    let json = try await site.send(.get, path, [.accept: "application/json"], from: from)
                    #expect(try json.error()["code"] == "FORBIDDEN")
                }
            }
            for address in ["127.0.0.1", "127.8.9.1", "::1", "unix:", "::ffff:127.0.0.1"] {
                let from = TestSite.Source(host: "localhost:8080", address: address)
                #expect(try await site.send(.get, "/", from: from).status == 200, "\(address)")
                var forwarded = from
                forwarded.isForwarded = true
                #expect(try await site.send(.get, "/", from: forwarded).status == 403, "\(address)")
            }
        }
        try await Self.open(toNetwork: true) { site in
            for host in ["10.0.0.8", "10.0.0.8:8080", "[2001:db8::8]:8080", "localhost"] {
                let from = TestSite.Source(host: host, address: "10.0.0.7", isForwarded: true)
                #expect(try await site.send(.get, "/", from: from).status == 200, "\(host)")
            }
            // Any name may be one that was made to point here.
            for host in ["box.lan", "10.0.0.8.evil.example", "evil.example"] {
                let from = TestSite.Source(host: host, address: "10.0.0.7")
                let page = try await site.send(.get, "/", from: from)
                #expect(page.status == 403, "\(host)")
                #expect(page.text.contains("PUBLIC_URL"))
            }
        }
    }

    @Test("of an open site a stranger's name that was made to point here (DNS rebinding) opens nothing")
    func rebinding() async throws {
        try await Self.open { site in
            for host in [
                "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "",
                "127.0.0.1@evil.example", "[::1].evil.example", "xlocalhost", "[::2]",
            ] {
                let answer = try await site.send(.get, "/", from: .init(host: host))
                #expect(answer.status == 403, "\(host)")
                let post = try await site.send(
                    .post,
                    "/discussions",
                    [.origin: "http://\(host)", .init("Idempotency-Key") ?? .age: "c1"],
                    body: Array("topic=Why".utf8),
                    from: .init(host: host)
                )
                #expect(post.status == 403, "\(host)")
            }
            for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]", "127.1.2.3"]
            {
                #expect(try await site.send(.get, "/", from: .init(host: host)).status == 200, "\(host)")
            }
        }
    }

    @Test("with PUBLIC_URL its name and loopback's are the only ones, whoever is asked to sign in")
    func publicName() async throws {
        for toNetwork in [true, false] {
            try await Self.open(toNetwork: toNetwork, address: "https://parley.example") { site in
                let own = try await site.send(.get, "/", from: .init(host: "parley.example"))
                #expect(own.status == 200)
                #expect(try await site.send(.get, "/", from: .init(host: "localhost")).status == 200)
                #expect(try await site.send(.get, "/", from: .init(host: "evil.example")).status == 403)
            }
        }
        try await AccountsSite.with(address: PublicAddress("https://parley.example")) { site in
            let own = try await site.site.send(.get, "/signin", from: .init(host: "parley.example"))
            #expect(own.status == 200)
            #expect(
                try await site.site.send(.get, "/signin", from: .init(host: "evil.example")).status == 403
            )
        }
    }

    @Test("a path that only almost is one leads nowhere: nginx guards the numbers by the one name")
    func almost() async throws {
        try await AccountsSite.with { site in
            let own = try await site.site.send(.get, "/metrics")
            #expect(own.status == 200)
            for path in ["/metrics/", "//metrics", "/metrics//", "/health/", "/events/", "//"] {
                let almost = try await site.site.send(.get, path)
                #expect(almost.status == 404, "\(path)")
            }
        }
    }

    @Test("who hammers with tokens that are none is told of once a minute in the audit log")
    func hammering() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = try AuditLog(.file(path), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await AccountsSite.with(audit: log) { site in
            func hammer() async throws {
                for number in 1...50 {
                    let headers: HTTPFields = [.authorization: "Bearer wrong-\(number)"]
                    #expect(try await site.site.send(.get, "/", headers).status == 401)
                }
            }
            func lines() throws -> Int {
                try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
            }
            try await hammer()
            #expect(try lines() == 1)
            let elsewhere = TestSite.Source(address: "10.0.0.9")
            _ = try await site.site.send(.get, "/", [.authorization: "Bearer wrong"], from: elsewhere)
            #expect(try lines() == 2)
            site.site.clock.advance(by: 61)
            try await hammer()
            #expect(try lines() == 3)
        }
    }

    @Test("a consumer is moved on by whoever has the token or the house, not by another site's page")
    func consumers() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            let (_, token) = try await site.token(of: anna.person)
            let path = "/events?consumer=nightly&after=0&wait=0"
            #expect(try await site.get(path, as: anna, json: true).status == 403)
            let script: HTTPFields = [.authorization: "Bearer \(token)"]
            #expect(try await site.site.send(.get, path, script).status == 200)
        }
        try await Self.open { site in
            let foreign: [HTTPFields] = [
                [.secFetchSite: "cross-site"], [.secFetchSite: "same-site"],
                [.origin: "https://evil.example"],
                [.referer: "https://evil.example/page"], [.referer: "http://localhost.evil.example/"],
            ]
            let own: [HTTPFields] = [
                [:], [.secFetchSite: "same-origin"], [.secFetchSite: "none"],
                [.referer: "http://localhost/discussions/d1"],
            ]
            for path in ["/events?consumer=nightly&after=0&wait=0", "/events?wait=0"] {
                for headers in foreign {
                    let answer = try await site.send(.get, path, headers)
                    #expect(answer.status == 403, "\(headers)")
                }
                for headers in own {
                    let answer = try await site.send(.get, path, headers)
                    #expect(answer.status == 200, "\(headers)")
                }
            }
            // A link from elsewhere leads to a page all the same.
            let page = try await site.send(.get, "/", [.secFetchSite: "cross-site"])
            #expect(page.status == 200)
        }
    }

    @Test("an origin is compared by scheme, host and port, and by PUBLIC_URL's where a proxy speaks TLS")
    func origins() async throws {
        try await Self.open(toNetwork: true, address: "https://parley.example") { site in
            func status(_ origin: String, _ source: TestSite.Source) async throws -> Int {
                try await site.send(
                    .post,
                    "/discussions",
                    [
                        .origin: origin, .init("Idempotency-Key") ?? .age: "c-\(UUID())",
                        .accept: "application/json",
                    ],
                    body: Array("topic=Why".utf8),
                    from: source
                ).status
            }
            let inside = TestSite.Source(host: "parley.example")
            let own = try await status("https://parley.example", inside)
            #expect(own == 201)
            #expect(try await status("http://parley.example", inside) == 201)
            #expect(try await status("https://parley.example:444", inside) == 403)
            #expect(try await status("http://parley.example:81", inside) == 403)
            #expect(try await status("https://localhost", .init(host: "localhost")) == 403, "another scheme")
            #expect(try await status("http://localhost", .init(host: "localhost:80")) == 201)
            #expect(try await status("http://localhost:8080", .init(host: "localhost:8081")) == 403)
        }
    }
}

@Suite("Behind the house's sign-on", .timeLimit(.minutes(5)))
struct SignOnTests {
    @Test("the person is whom it names, made at the first visit; without a name nothing is shown")
    func names() async throws {
        try await withSite(access: { _ in .proxy(admins: "keepers") }) { site in
            let none = try await site.send(.get, "/", [.accept: "application/json"])
            #expect(none.status == 401)
            #expect(try none.error()["code"] == "UNAUTHENTICATED")
            #expect(try await site.get("/").status == 401)
            // What a client says of itself counts for nothing.
            let claimed: HTTPFields = [
                .authorization: "Basic YW5uYTp4", .init("Remote-User") ?? .age: "anna",
            ]
            #expect(try await site.send(.get, "/", claimed).status == 401)

            let anna = TestSite.Source(
                signedOn: SignedOn(user: "anna@house", name: "Anna <A>", groups: "staff")
            )
            let page = try await site.send(.get, "/", from: anna)
            #expect(page.status == 200)
            #expect(page.text.contains("Anna &lt;A&gt;"))
            #expect(!page.text.contains("Sign out"))
            _ = try await site.send(.get, "/", from: anna)
            let accounts = try await site.store.read { try $0.listAccounts() }
            #expect(accounts.filter { $0.person.name == "anna@house" }.count == 1)
            // Members see no details; admins do.
            #expect(try await !site.send(.get, "/status", from: anna).text.contains("local-model"))
            let ada = TestSite.Source(signedOn: SignedOn(user: "ada", groups: "staff,keepers"))
            #expect(try await site.send(.get, "/status", from: ada).text.contains("local-model"))
        }
    }

    @Test("groups are divided by commas and semicolons, and may have blanks in their names")
    func groups() {
        let named = SignedOn(user: "anna", groups: "Wiki admins, staff;Domain Admins")
        #expect(named?.groups == ["Wiki admins", "staff", "Domain Admins"])
    }

    @Test("a name that cannot be told from others, a disabled one and the open site's are not taken")
    func strange() async throws {
        try await withSite(access: { _ in .proxy(admins: nil) }) { site in
            for name in ["local", " anna", "an\u{200B}na", "a\nb", String(repeating: "x", count: 121)] {
                let from = TestSite.Source(signedOn: SignedOn(user: name, groups: "keepers"))
                #expect(try await site.send(.get, "/", from: from).status == 403, "\(name)")
            }
            let anna = try await site.store.person(named: "anna")
            try await site.store.write { try $0.update(isDisabled: true, of: anna.id) }
            let from = TestSite.Source(signedOn: SignedOn(user: "anna"))
            #expect(try await site.send(.get, "/", from: from).status == 403)
        }
    }
}
