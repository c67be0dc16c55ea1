import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Site

@Suite("The site's addresses", .timeLimit(.minutes(5)))
struct RoutesTests {
    static let unknown = [
        "/discussions/nothing", "/discussions/nothing/live", "/discussions/%3Cscript%3E",
        "/discussions/..%2F..",
        "/discussions/" + String(repeating: "x", count: 5_000),
    ]

    @Test("of discussions that are not there are not found, in both representations", arguments: unknown)
    func unknownDiscussion(path: String) async throws {
        try await withSite { site in
            let json = try await site.get(path, json: true)
            #expect(json.status == 404)
            #expect(try json.error()["code"] == "DISCUSSION_NOT_FOUND")
            let page = try await site.get(path)
            #expect(page.status == 404)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            _ = try Tokens(page.text, allowed: .page)
            #expect(site.store.bell.count == 0)
        }
    }

    @Test("of another person's discussion are not found")
    func strangers() async throws {
        try await withSite { site in
            let stranger = try await site.store.person(named: "stranger").id
            try await site.insert(Samples.discussion("theirs", of: stranger))
            for path in ["/discussions/theirs", "/discussions/theirs/live"] {
                let answer = try await site.get(path, json: true)
                #expect(answer.status == 404)
                #expect(try answer.error()["code"] == "DISCUSSION_NOT_FOUND")
            }
            let proceed = try await site.post(json: [:], to: "/discussions/theirs/proceed", id: "c1")
            #expect(proceed.status == 404)
            #expect(try await !site.get("/").text.contains("theirs"))
        }
    }

    @Test(
        "that lead nowhere say so",
        arguments: ["/nowhere", "/discussions/d1/nowhere", "/.env", "/discussions/d1/live/x"]
    )
    func nowhere(path: String) async throws {
        try await withSite { site in
            let json = try await site.get(path, json: true)
            #expect(json.status == 404)
            #expect(try json.error()["code"] == "NOT_FOUND")
            #expect(try await site.get(path).status == 404)
        }
    }

    static let methods: [(HTTPRequest.Method, String, String)] = [
        (.post, "/", "GET, HEAD"), (.delete, "/", "GET, HEAD"), (.get, "/discussions", "POST"),
        (.head, "/discussions", "POST"), (.put, "/discussions", "POST"),
        (.post, "/discussions/d1", "GET, HEAD"),
        (.delete, "/discussions/d1", "GET, HEAD"), (.patch, "/discussions/d1", "GET, HEAD"),
        (.post, "/discussions/d1/live", "GET, HEAD"), (.get, "/discussions/d1/proceed", "POST"),
        (.options, "/discussions/d1/proceed", "POST"), (.post, "/health", "GET, HEAD"),
    ]

    @Test("refuse another method and name those that they take", arguments: methods)
    func method(method: HTTPRequest.Method, path: String, allow: String) async throws {
        try await withSite { site in
            let page = try await site.send(method, path)
            #expect(page.status == 405)
            #expect(page.headers[.allow] == allow)
            let json = try await site.send(method, path, [.accept: "application/json"])
            #expect(json.status == 405)
            #expect(json.headers[.allow] == allow)
            #expect(try json.error()["message"]?.contains(allow) == true)
        }
    }

    @Test("answer HEAD as they answer GET", arguments: ["/", "/discussions/d1", "/health"])
    func head(path: String) async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            let head = try await site.send(.head, path)
            let get = try await site.get(path)
            #expect(head.status == 200)
            #expect(head.headers == get.headers)
        }
    }

    @Test(
        "carry the headers that keep a page's content in its place",
        arguments: ["/", "/discussions/d1", "/discussions/d1/live", "/nowhere"]
    )
    func headers(path: String) async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            let answer = try await site.get(path)
            let policy = """
                default-src 'self'; frame-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'; \
                object-src 'none'
                """
            #expect(answer.headers[.contentSecurityPolicy] == policy)
            #expect(answer.headers[.cacheControl]?.contains("private") == true)
            #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
        }
    }

    static let foreign: [HTTPFields] = [
        [.origin: "https://evil.example"], [.origin: "http://localhost:81"],
        [.origin: "http://localhost.evil.example"],
        [.origin: "null"], [.origin: ""], [.origin: "localhost"], [.secFetchSite: "cross-site"],
        [.secFetchSite: "same-site"], [.origin: "http://localhost", .secFetchSite: "cross-site"],
        [.origin: "http://evil.example", .secFetchSite: "same-origin"],
    ]

    @Test("take no command from another site's page", arguments: foreign)
    func foreignOrigin(headers: HTTPFields) async throws {
        try await withSite { site in
            var headers = headers
            let form: KeyValuePairs = ["command_id": "c1", "topic": "Why?"]
            #expect(try await site.post(form: form, to: "/discussions", headers).status == 403)
            headers[.accept] = "application/json"
            let json = try await site.post(form: form, to: "/discussions", headers)
            #expect(json.status == 403)
            #expect(try json.error()["code"] == "FORBIDDEN")
            #expect(try await site.listed().isEmpty)
            #expect(try await site.send(.get, "/", headers).status == 200, "reading is harmless")
        }
    }

    static let own: [HTTPFields] = [
        [:], [.origin: "http://localhost"], [.origin: "http://LOCALHOST"], [.secFetchSite: "same-origin"],
        [.secFetchSite: "none"], [.origin: "http://localhost", .secFetchSite: "same-origin"],
    ]

    @Test("take commands from their own pages and from scripts", arguments: own)
    func ownOrigin(headers: HTTPFields) async throws {
        try await withSite { site in
            let form: KeyValuePairs = ["command_id": "c1", "topic": "Why?"]
            let answer = try await site.post(form: form, to: "/discussions", headers)
            #expect(answer.status == 303)
        }
    }
}

@Suite("Proceeding", .timeLimit(.minutes(5)))
struct ProceedTests {
    @Test("by the page's own form opens the next round and leads back to the discussion")
    func form() async throws {
        try await withSite { site in
            let id = try await site.post(form: ["command_id": "c1", "topic": "Why?"], to: "/discussions")
                .discussion()
            _ = try await site.waiting(id)
            let page = try Tokens(try await site.get("/discussions/\(id)").text, allowed: .page)
            let action = "/discussions/\(id)/proceed"
            let form = try #require(page.tags.firstIndex { $0.attributes["action"] == action })
            let commandID = try #require(
                page.tags[form...].first { $0.attributes["name"] == "command_id" }?.attributes["value"]
            )
            let answer = try await site.post(form: ["command_id": commandID], to: action)
            #expect(answer.status == 303)
            #expect(try answer.discussion() == id)
            #expect(try await site.waiting(id).rounds.count == 2)
            let again = try await site.post(form: ["command_id": commandID], to: action)
            #expect(again.status == 303)
            #expect(try await site.waiting(id).rounds.count == 2)
        }
    }

    @Test("by JSON is answered with 200 and the acknowledgement")
    func json() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id, models: [.local: "local-model"]))
            let answer = try await site.post(json: [:], to: "/discussions/d1/proceed", id: "c1")
            #expect(answer.status == 200)
            let ack = try answer.acknowledgement()
            #expect(ack["event"] as? String == "proceed-dialogue")
            #expect(ack["discussionId"] as? String == "d1")
            #expect(ack["replayed"] as? Bool == false)
        }
    }

    @Test("while the table speaks is refused", arguments: [DiscussionStatus.running, .resolved])
    func notWaiting(status: DiscussionStatus) async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id, status: status))
            let json = try await site.post(json: [:], to: "/discussions/d1/proceed", id: "c1")
            #expect(json.status == 409)
            #expect(try json.error()["code"] == "NOT_WAITING")
            let form = try await site.post(form: ["command_id": "c2"], to: "/discussions/d1/proceed")
            #expect(form.status == 409)
        }
    }

    @Test("without a command id is refused")
    func noID() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            #expect(try await site.post(json: [:], to: "/discussions/d1/proceed", id: nil).status == 400)
        }
    }
}
