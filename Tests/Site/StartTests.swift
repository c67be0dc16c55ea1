import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Site

@Suite("Starting a discussion", .timeLimit(.minutes(5)))
struct StartTests {
    @Test("by the form leads to the discussion, which holds the topic")
    func form() async throws {
        try await withSite { site in
            let answer = try await site.post(
                form: ["command_id": "c1", "topic": "  Why is the sky blue?\r\nAnd the sea? "],
                to: "/discussions"
            )
            #expect(answer.status == 303)
            let id = try answer.discussion()
            let transcript = try await site.waiting(id)
            #expect(transcript.discussion.topic == "Why is the sky blue?\nAnd the sea?")
            #expect(transcript.discussion.place == .any)
            #expect(transcript.rounds[0].messages.map(\.turn) == [1, 2, 3])
            let page = try await site.get("/discussions/\(id)")
            #expect(page.status == 200)
            #expect(page.text.contains("Your turn"))
        }
    }

    @Test("by JSON is answered with 201, where it is, and the acknowledgement")
    func json() async throws {
        try await withSite { site in
            let answer = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            #expect(answer.status == 201)
            #expect(answer.headers[.contentType] == "application/json")
            let id = try answer.discussion()
            let ack = try answer.acknowledgement()
            #expect(Set(ack.keys) == ["event", "id", "discussionId", "cursor", "replayed"])
            #expect(ack["event"] as? String == "start-dialogue")
            #expect(ack["id"] as? String == "c1")
            #expect(ack["discussionId"] as? String == id.rawValue)
            #expect(ack["replayed"] as? Bool == false)
            let cursor = try #require(ack["cursor"] as? Int)
            let events = try await site.store.events(of: id)
            #expect(events.contains { $0.id == cursor })
        }
    }

    @Test("takes a command id from the header, also for a form, and the field where there is none")
    func idFromHeader() async throws {
        try await withSite { site in
            let answer = try await site.post(
                form: ["topic": "Why?"],
                to: "/discussions",
                [.idempotencyKey: "from-header", .accept: "application/json"]
            )
            #expect(try answer.acknowledgement()["id"] as? String == "from-header")
        }
    }

    @Test("without a command id is refused, and nothing is started")
    func noID() async throws {
        try await withSite { site in
            let json = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: nil)
            #expect(json.status == 400)
            #expect(try json.error()["code"] == "VALIDATION_ERROR")
            let form = try await site.post(form: ["topic": "Why is it?"], to: "/discussions")
            #expect(form.status == 400)
            #expect(try Tokens(form.text, allowed: .page).text(in: "textarea") == "\nWhy is it?")
            #expect(try await site.listed().isEmpty)
        }
    }

    @Test(
        "with a malformed command id is refused",
        arguments: ["a b", "é", String(repeating: "x", count: 129)]
    )
    func malformedID(id: String) async throws {
        try await withSite { site in
            let answer = try await site.post(form: ["topic": "Why?", "command_id": id], to: "/discussions")
            #expect(answer.status == 400)
            #expect(try await site.listed().isEmpty)
        }
    }

    @Test("twice with the same id starts one, and both get the same answer, the second marked as replayed")
    func twice() async throws {
        try await withSite { site in
            let first = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            let second = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            #expect(first.status == 201 && second.status == 201)
            #expect(try first.discussion() == second.discussion())
            var expected = try first.acknowledgement()
            expected["replayed"] = true
            #expect(
                try NSDictionary(dictionary: second.acknowledgement()) == NSDictionary(dictionary: expected)
            )
            #expect(try await site.listed().count == 1)
        }
    }

    @Test("twice from one form, as by a double click, starts one; so does the same content as JSON")
    func doubleClick() async throws {
        try await withSite { site in
            let form: KeyValuePairs = ["command_id": "c1", "topic": "Why?\r\nReally?"]
            async let one = site.post(form: form, to: "/discussions")
            async let two = site.post(form: form, to: "/discussions")
            let answers = try await [one, two]
            #expect(answers.map(\.status) == [303, 303])
            #expect(try answers[0].discussion() == answers[1].discussion())
            let script = try await site.post(json: ["topic": " Why?\nReally?"], to: "/discussions", id: "c1")
            #expect(try script.discussion() == answers[0].discussion())
            #expect(try await site.listed().count == 1)
        }
    }

    @Test(
        "with an id that was used for other content is refused",
        arguments: [["topic": "Why not?"], ["topic": "Why?", "place": "house"]]
    )
    func conflict(content: [String: String]) async throws {
        try await withSite { site in
            _ = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            let answer = try await site.post(json: content, to: "/discussions", id: "c1")
            #expect(answer.status == 422)
            #expect(try answer.error()["code"] == "COMMAND_CONFLICT")
            #expect(try await site.listed().count == 1)
        }
    }

    @Test("keeps the two commands apart that one id is used for on two routes")
    func conflictOfRoutes() async throws {
        try await withSite { site in
            let id = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1").discussion()
            _ = try await site.waiting(id)
            let answer = try await site.post(json: [:], to: "/discussions/\(id)/proceed", id: "c1")
            #expect(answer.status == 422)
        }
    }

    @Test("in the house keeps it there")
    func house() async throws {
        let voices = [ScriptedVoice(.local, .say("Well.")), ScriptedVoice(.groq, .say("No."))]
        try await withSite(voices) { site in
            let id = try await site.post(
                form: ["command_id": "c1", "topic": "Why?", "place": "house"],
                to: "/discussions"
            ).discussion()
            #expect(try await site.waiting(id).discussion.place == .house)
            #expect(voices[1].asked.isEmpty)
            #expect(try await site.get("/discussions/\(id)").text.contains("stays in the house"))
        }
    }

    @Test("nowhere known is refused")
    func unknownPlace() async throws {
        try await withSite { site in
            let answer = try await site.post(
                json: ["topic": "Why?", "place": "moon"],
                to: "/discussions",
                id: "c1"
            )
            #expect(answer.status == 400)
            #expect(try answer.error()["field"] == "place")
        }
    }

    @Test("without any provider is refused, and the typed text is kept")
    func nobody() async throws {
        try await withSite([]) { site in
            let json = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            #expect(json.status == 503)
            #expect(try json.error()["code"] == "NO_LLM_PROVIDER_AVAILABLE")
            let form = try await site.post(
                form: ["command_id": "c2", "topic": "Why is it?"],
                to: "/discussions"
            )
            #expect(form.status == 503)
            #expect(try Tokens(form.text, allowed: .page).text(in: "textarea") == "\nWhy is it?")
        }
    }

    @Test(
        "shows a topic exactly as it was typed",
        arguments: [
            "<script>alert(1)</script>", "&lt;b&gt; &amp; \"quotes\" 'n' stuff",
            "\u{5DC}\u{5DE}\u{5D4} \u{5D4}\u{5E9}\u{5DE}\u{5D9}\u{5DD}? \u{202E}abc\u{202C}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} \u{1F1E9}\u{1F1EA} \u{1F44B}\u{1F3FD}",
            "\u{600}<b>bold</b>", "{{title}} {{{html}}}", "a\u{301} \u{E1}",
        ]
    )
    func exactly(topic: String) async throws {
        try await withSite { site in
            let id = try await site.post(
                form: ["command_id": "c1", "topic": topic],
                to: "/discussions"
            ).discussion()
            _ = try await site.waiting(id)
            let page = try Tokens(try await site.get("/discussions/\(id)").text, allowed: .page)
            let shown = try #require(page.text(in: "h1"))
            #expect(Array(shown.unicodeScalars) == Array(topic.unicodeScalars))
            #expect(page.tags.first { $0.name == "h1" }?.attributes["dir"] == "auto")
            let list = try Tokens(try await site.get("/").text, allowed: .page)
            #expect(list.plainText.contains(topic))
            let json = try await site.get("/discussions/\(id)", json: true).json()
            #expect((json["topic"] as? String)?.unicodeScalars.elementsEqual(topic.unicodeScalars) == true)
        }
    }
}

extension TestSite {
    /// The person's discussions.
    func listed() async throws -> [Discussion] {
        try await store.read { [id = person.id] in try $0.listDiscussions(of: id, limit: 1_000) }
    }
}
