import Domain
import Doubles
import Foundation
import HTTPTypes
import Testing

@testable import Site

@Suite("A topic that cannot be taken", .timeLimit(.minutes(5)))
struct TopicRefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// As it stands in the body, percent-encoded.
        let sent: String
        /// What the form shows again.
        let shown: String

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "empty", sent: "", shown: ""),
        Case(name: "blank", sent: "+%0D%0A%C2%A0", shown: " \r\n\u{A0}"),
        Case(name: "1 character", sent: "%3C", shown: "<"),
        Case(name: "2 characters that look like more", sent: "++a%26++", shown: "  a&  "),
        Case(
            name: "10,000 characters",
            sent: String(repeating: "%F0%9F%91%8B", count: 10_000),
            shown: String(repeating: "\u{1F44B}", count: 10_000)
        ),
        Case(name: "a NUL", sent: "Why%00+not%3F", shown: "Why\u{FFFD} not?"),
        Case(name: "invalid UTF-8", sent: "Why%FF+not%3F", shown: "Why\u{FFFD} not?"),
        Case(name: "a lone half of a pair", sent: "Why%ED%A0%80", shown: "Why\u{FFFD}\u{FFFD}\u{FFFD}"),
        Case(name: "an overlong sign", sent: "%C0%BCscript%3E", shown: "\u{FFFD}\u{FFFD}script>"),
    ]

    @Test("comes back in its form, just as it was typed, with the reason", arguments: cases)
    func form(_ given: Case) async throws {
        try await withSite { site in
            let answer = try await site.post(encoded: "command_id=c1&topic=\(given.sent)", to: "/discussions")
            #expect(answer.status == 400)
            #expect(answer.headers[.contentType] == "text/html; charset=utf-8")
            let page = try Tokens(answer.text, allowed: .page)
            // The first line end in a text field belongs to the markup.
            #expect(page.text(in: "textarea") == "\n" + given.shown)
            let field = try #require(page.tags.first { $0.name == "textarea" })
            #expect(field.attributes["aria-invalid"] == "true")
            #expect(field.attributes["aria-describedby"]?.contains("problem") == true)
            #expect(page.tags.contains { $0.attributes["role"] == "alert" })
            #expect(page.tags.contains { $0.attributes["href"] == "#topic" })
            #expect(page.text(in: "title")?.hasPrefix("Error: ") == true)
            let ids = page.tags.filter { $0.attributes["name"] == "command_id" }.map {
                $0.attributes["value"]
            }
            #expect(ids == ["command-1"], "a form shown again has a fresh id")
            #expect(try await site.listed().isEmpty)
        }
    }

    @Test("is refused to a script with the field's name", arguments: cases)
    func json(_ given: Case) async throws {
        try await withSite { site in
            let answer = try await site.post(
                encoded: "topic=\(given.sent)",
                to: "/discussions",
                [.accept: "application/json", .idempotencyKey: "c1"]
            )
            #expect(answer.status == 400)
            let error = try answer.error()
            #expect(error["code"] == "VALIDATION_ERROR")
            #expect(error["field"] == "topic")
            #expect(error["message"]?.isEmpty == false)
            #expect(try await site.listed().isEmpty)
        }
    }

    @Test("comes back with the place that was chosen")
    func place() async throws {
        try await withSite([ScriptedVoice(.local), ScriptedVoice(.groq)]) { site in
            let form: KeyValuePairs = ["command_id": "c1", "topic": "", "place": "house"]
            let answer = try await site.post(form: form, to: "/discussions")
            let checked = try Tokens(answer.text, allowed: .page).tags.filter {
                $0.attributes["checked"] != nil
            }
            #expect(checked.map { $0.attributes["value"] } == ["house"])
        }
    }

    @Test("is also one that is missing")
    func missing() async throws {
        try await withSite { site in
            let answer = try await site.post(json: [:], to: "/discussions", id: "c1")
            #expect(answer.status == 400)
            #expect(try answer.error()["field"] == "topic")
        }
    }

    @Test(
        "or a body that cannot be read is refused",
        arguments: [
            "", "[]", "\"topic\"", "{\"topic\":", "{\"topic\":{\"a\":1}}", "{\"topic\":\"\\ud800\"}",
            "{\"topic\":\"a\\u0000bc\"}", String(repeating: "[", count: 100_000),
        ]
    )
    func unreadable(body: String) async throws {
        try await withSite { site in
            let answer = try await site.send(
                .post,
                "/discussions",
                [.contentType: "application/json", .idempotencyKey: "c1"],
                body: Array(body.utf8)
            )
            #expect(answer.status == 400)
            #expect(try answer.error()["code"] == "VALIDATION_ERROR")
        }
    }

    @Test("or a JSON body that is no UTF-8 is refused")
    func invalidJSON() async throws {
        try await withSite { site in
            let answer = try await site.send(
                .post,
                "/discussions",
                [.contentType: "application/json", .idempotencyKey: "c1"],
                body: Array("{\"topic\":\"Why".utf8) + [0xFF] + Array("?\"}".utf8)
            )
            #expect(answer.status == 400)
            #expect(try answer.error()["code"] == "VALIDATION_ERROR")
        }
    }

    @Test("or a body larger than any form is refused")
    func huge() async throws {
        try await withSite { site in
            let answer = try await site.post(
                encoded: "command_id=c1&topic=" + String(repeating: "a", count: 1 << 20),
                to: "/discussions",
                [.accept: "application/json"]
            )
            #expect(answer.status == 400)
            #expect(try answer.error()["code"] == "VALIDATION_ERROR")
        }
    }

    @Test(
        "is read as browsers write it",
        arguments: [
            ("a+b%20c", "a b c"), ("100%25", "100%"), ("a%2Bb", "a+b"), ("a%3Db%26c", "a=b&c"),
            ("a=b=c", "a=b=c"),
            ("%c3%a4%C3%A4a", "ääa"),
            // Not what a browser sends, but curl's -d does: a sign that begins no code stands for itself.
            ("100%", "100%"), ("50%+1 or", "50% 1 or"), ("a%zzb", "a%zzb"), ("abc%2", "abc%2"),
            ("a%-1b", "a%-1b"),
        ]
    )
    func decoding(sent: String, topic: String) async throws {
        try await withSite { site in
            let id = try await site.post(encoded: "command_id=c1&topic=\(sent)", to: "/discussions")
                .discussion()
            #expect(try await site.waiting(id).discussion.topic == topic)
        }
    }
}
