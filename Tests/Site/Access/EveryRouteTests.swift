import Domain
import Doubles
import Foundation
import HTTPTypes
import Hummingbird
import Store
import Testing

@testable import Site

/// Walks the router's own list of routes, so that a new one cannot be forgotten.
@Suite("Every route", .timeLimit(.minutes(5)))
struct EveryRouteTests {
    private static let canary = "canary-of-anna"
    private static let script: HTTPFields = [.accept: "application/json", .contentType: "application/json"]

    /// What is answered without a person.
    private static let open: Set<String> = ["/signin", "/health", "/metrics"]

    /// With ids in the places of names.
    private static func path(_ route: SiteMap.Route, _ id: String) -> String {
        let path = route.path.replacing("{id}", with: id).replacing("{file}", with: "\(id)-f1")
            .replacing("{number}", with: "1").replacing("{session}", with: "\(id)-session")
        return path.hasSuffix("/events") ? "\(path)?wait=0" : path
    }

    /// A body that every command takes.
    private static func body(_ route: SiteMap.Route) -> [UInt8] {
        route.method == .post
            ? Array(#"{"topic":"Why?","input":"Well, well.","round":1,"answers":[],"conclusion":"So."}"#.utf8)
            : []
    }

    private static func routes(_ site: AccountsSite) -> [SiteMap.Route] { site.site.site.router().routes }

    @Test("is in the list that these tests walk")
    func listed() async throws {
        try await AccountsSite.with { site in
            let routes = Self.routes(site)
            #expect(routes.count > 45)
            #expect(routes.contains(.init(method: .get, path: "/discussions/{id}/export.html")))
            #expect(routes.contains(.init(method: .post, path: "/account/sessions/{session}/end")))
        }
    }

    @Test("gives another member the answer that it gives for what is not there, to the byte")
    func strangers() async throws {
        try await AccountsSite.with { site in
            let (anna, ben) = (try await site.add("anna"), try await site.member("ben"))
            let (_, bens) = try await site.token(of: ben.person)
            let (_, looks) = try await site.token(of: ben.person, readOnly: true)
            let record = try await Self.everything(of: anna, site)
            let routes = Self.routes(site).filter { $0.path.contains("{") }
            #expect(routes.count > 25)
            for route in routes {
                for headers: HTTPFields in [
                    [.cookie: ben.cookie], [.authorization: "Bearer \(bens)"],
                    [.authorization: "Bearer \(looks)"],
                ] {
                    for representation in [Self.script, [.contentType: "application/json"]] {
                        var asked = headers
                        asked.append(contentsOf: representation)
                        // Each command anew.
                        asked[.init("Idempotency-Key") ?? .age] = "c-\(UUID())"
                        let answers = try await ["annas", "none0"].asyncMap { id in
                            try await site.site.send(
                                route.method,
                                Self.path(route, id),
                                asked,
                                body: Self.body(route)
                            )
                        }
                        let (theirs, none) = (answers[0], answers[1])
                        let what = "\(route.method) \(route.path)"
                        #expect([404, 403, 400].contains(theirs.status), "\(what): \(theirs.status)")
                        #expect(!theirs.text.contains(Self.canary), "\(what)")
                        #expect(theirs.status == none.status, "\(what)")
                        #expect(theirs.text.replacing("annas", with: "none0") == none.text, "\(what)")
                        #expect(theirs.headers == none.headers, "\(what)")
                    }
                }
            }
            // Nothing of it was changed either.
            let left = try await site.site.store.read {
                try $0.findRecord(DiscussionID(rawValue: "annas"), of: anna.id)
            }
            #expect(left == record)
            let hash = String(repeating: "0", count: 64)
            #expect(try await site.site.store.read { try $0.findSession(hash: hash) } != nil)
        }
    }

    @Test("with an id gives its own person something, so that what others do not get is there to be had")
    func owner() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            _ = try await Self.everything(of: anna.person, site)
            for route in Self.routes(site) where route.path.contains("{") && route.method == .get {
                let response = try await site.site.respond(
                    .get,
                    Self.path(route, "annas"),
                    [.cookie: anna.cookie, .accept: "application/json"]
                )
                #expect(response.status == .ok, "\(route.path)")
            }
            #expect(try await site.post("/account/sessions/annas-session/end", as: anna).status == 303)
        }
    }

    /// A discussion with all that can be kept of one, a file among it, and a session.
    private static func everything(of anna: Person, _ site: AccountsSite) async throws -> DiscussionRecord {
        var record = FullDiscussion.record("annas", of: anna, text: canary)
        record.files = [FullDiscussion.file("annas")]
        let session = Session(
            id: SessionID(rawValue: "annas-session"),
            createdAt: site.site.clock.now,
            seenAt: site.site.clock.now,
            address: canary,
            agent: canary
        )
        let whole = record
        try await site.site.store.write { writer in
            try writer.insert(whole)
            try writer.insert(session, hash: String(repeating: "0", count: 64), of: anna.id)
        }
        return whole
    }

    @Test("without ids shows a member nothing of another")
    func lists() async throws {
        try await AccountsSite.with { site in
            let (anna, ben) = (try await site.add("anna"), try await site.member("ben", role: .admin))
            try await site.site.store.write { writer in
                try writer.insert(FullDiscussion.record("annas", of: anna, text: Self.canary))
            }
            for route in Self.routes(site) where !route.path.contains("{") && route.method == .get {
                // A poll without `wait=0` would be held.
                let queries = ["", "?q=canary", "?deleted=1", "?undo=annas"]
                for suffix in route.path == "/events" ? ["?after=0&wait=0"] : queries {
                    for json in [true, false] {
                        let answer = try await site.get(route.path + suffix, as: ben, json: json)
                        let text = answer.text.replacing("q=canary", with: "")
                        #expect(
                            !text.contains(Self.canary) && !text.contains("annas"),
                            "\(route.path)\(suffix)"
                        )
                    }
                }
            }
        }
    }

    @Test("is closed to whoever is not signed in, but for the sign-in and what machines ask")
    func signedOut() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            try await site.site.store.write { writer in
                try writer.insert(FullDiscussion.record("annas", of: anna, text: Self.canary))
            }
            let wrong: [HTTPFields] = [
                [:], [.cookie: "parley_session=wrong"], [.authorization: "Bearer wrong"],
                [.authorization: "Basic YW5uYTphbm5h"],
            ]
            for route in Self.routes(site) {
                for headers in wrong {
                    var asked = headers
                    asked.append(contentsOf: Self.script)
                    let path = Self.path(route, "annas")
                    let json = try await site.site.send(route.method, path, asked, body: Self.body(route))
                    let page = try await site.site.send(route.method, path, headers, body: Self.body(route))
                    #expect(!json.text.contains(Self.canary) && !page.text.contains(Self.canary))
                    guard !Self.open.contains(route.path) else { continue }
                    let what = "\(route.method) \(route.path) \(headers)"
                    #expect(json.status == 401, "\(what)")
                    if route.method != .head {
                        #expect(try json.error()["code"] == "UNAUTHENTICATED", "\(what)")
                    }
                    if headers[.authorization]?.hasPrefix("Bearer") != true {
                        #expect(page.status == 303, "\(what)")
                        #expect(page.headers[.location]?.hasPrefix("/signin") == true, "\(what)")
                    }
                }
            }
        }
    }

    @Test("that changes something is closed to a token that may only look; the others are open to it")
    func readOnly() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.add("anna")
            let (_, looks) = try await site.token(of: anna, readOnly: true)
            let record = FullDiscussion.record("annas", of: anna, text: Self.canary)
            try await site.site.store.write { writer in try writer.insert(record) }
            for route in Self.routes(site) {
                var headers = Self.script
                headers[.authorization] = "Bearer \(looks)"
                headers[.init("Idempotency-Key") ?? .age] = "c-\(UUID())"
                let path = Self.path(route, "annas")
                // It streams for as long as somebody speaks.
                guard !path.hasSuffix("/live") else {
                    let live = try await site.site.respond(.get, path, headers)
                    #expect(live.status == .ok)
                    continue
                }
                let answer = try await site.site.send(route.method, path, headers, body: Self.body(route))
                if route.method == .post {
                    #expect(answer.status == 403, "\(route.path)")
                    #expect(try answer.error()["code"] == "FORBIDDEN", "\(route.path)")
                } else if route.path.hasPrefix("/discussions/{id}") {
                    #expect(answer.status == 200, "\(route.method) \(route.path)")
                }
            }
            let left = try await site.site.store.read {
                try $0.findRecord(DiscussionID(rawValue: "annas"), of: anna.id)
            }
            #expect(left == record)
        }
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ work: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await work(element)) }
        return values
    }
}
