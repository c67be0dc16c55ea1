import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Site

@Suite("A form from elsewhere", .timeLimit(.minutes(5)))
struct FormTokenTests {
    private static let wrong = ["", "0123456789abcdef0123456789abcdef"]

    @Test("starts nothing, and what was typed comes back in a form that can be sent", arguments: wrong)
    func start(token: String) async throws {
        try await AccountsSite.with { site in
            let (anna, ben) = (try await site.member("anna"), try await site.member("ben"))
            for token in [token, ben.formToken] {
                let fields: KeyValuePairs = ["topic": "Why is the sky blue?", "command_id": "c1"]
                let refused = try await site.post("/discussions", fields, as: anna, token: token)
                #expect(refused.status == 403)
                #expect(refused.text.contains("Why is the sky blue?</textarea>"))
                #expect(refused.text.contains(#"name="form_token" value="\#(anna.formToken)""#))
            }
            let none = try await site.site.store.read { try $0.listDiscussions(of: anna.person.id, limit: 1) }
            #expect(none.isEmpty)
        }
    }

    @Test("changes nothing in a discussion, whatever it asks for")
    func actions() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            let record = FullDiscussion.record("d1", of: anna.person)
            try await site.site.store.write { try $0.insert(record) }
            let posts = site.site.site.router().routes.filter {
                $0.method == .post && $0.path.hasPrefix("/discussions/{id}/")
            }
            #expect(posts.count == 11)
            for route in posts {
                let path = route.path.replacing("{id}", with: "d1")
                let fields: KeyValuePairs = ["input": "My remark", "round": "1", "command_id": "c1"]
                let refused = try await site.post(path, fields, as: anna, token: "wrong")
                // Without files `files` has nothing to do in the first place.
                #expect(refused.status == (path.hasSuffix("/files") ? 400 : 403), "\(path)")
            }
            let left = try await site.site.store.read {
                try $0.findRecord(DiscussionID(rawValue: "d1"), of: anna.person.id)
            }
            #expect(left == record)
        }
    }

    @Test("is told from an own one after a restart, for a page that was open before")
    func restart() async throws {
        let asker = Asker(
            person: Person(id: PersonID(rawValue: "p"), name: "local"),
            role: .admin,
            name: "local",
            means: .house
        )
        #expect(FormToken.make(for: asker, secret: "s") == FormToken.make(for: asker, secret: "s"))
        #expect(FormToken.make(for: asker, secret: "s") != FormToken.make(for: asker, secret: "t"))
    }

    @Test("every form that changes something carries the token")
    func everyForm() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            let rounds = [Round(number: 1, complete: true, messages: [Samples.message(seat: 1, "x")])]
            try await site.site.insert(Samples.discussion(of: anna.person.id), rounds: rounds)
            let running = Samples.discussion("d2", of: anna.person.id, status: .running)
            try await site.site.insert(running)
            let resolved = Samples.discussion("d3", of: anna.person.id, status: .resolved)
            try await site.site.insert(resolved)
            let gone = Samples.discussion("d4", of: anna.person.id)
            try await site.site.insert(gone)
            _ = try await site.post("/discussions/d4/delete", ["command_id": "c"], as: anna)
            var posts = 0
            for path in [
                "/", "/?undo=d4", "/?deleted=1", "/discussions/d1", "/discussions/d2", "/discussions/d3",
                "/account",
            ] {
                let page = try await site.get(path, as: anna).text
                for form in page.split(separator: "<form ").dropFirst() {
                    let form = form.prefix(upTo: form.firstRange(of: "</form>")?.lowerBound ?? form.endIndex)
                    guard form.contains("method=\"post\"") else { continue }
                    posts += 1
                    #expect(
                        form.contains(#"name="form_token" value="\#(anna.formToken)""#),
                        "\(path): \(form)"
                    )
                }
            }
            #expect(posts > 20)
        }
    }

    @Test("a JSON command without an Idempotency-Key is refused, for its body alone proves nothing")
    func json() async throws {
        try await AccountsSite.with { site in
            let anna = try await site.member("anna")
            let body = Array(#"{"topic":"Why?","command_id":"c1"}"#.utf8)
            var headers: HTTPFields = [
                .cookie: anna.cookie, .contentType: "application/json", .accept: "application/json",
            ]
            #expect(try await site.site.send(.post, "/discussions", headers, body: body).status == 400)
            headers[.init("Idempotency-Key") ?? .age] = "c1"
            #expect(try await site.site.send(.post, "/discussions", headers, body: body).status == 201)
        }
    }
}
