import AsyncHTTPClient
import Foundation
import NIOCore
import TestSupport
import Testing

/// The first round through real nginx and the real binary, as scripts and plain browsers see it.
@Suite(.timeLimit(.minutes(5)))
struct FirstRoundTests {
    @Test func `a topic sent as JSON becomes a whole round in order, and then it is the person's turn`()
        async throws
    {
        let provider = try ScriptedProvider { _ in .answer("A thought in four words.") }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("What is a table?")
            let discussion = try await site.waiting(path).json
            let round = try #require((discussion["rounds"] as? [[String: Any]])?.first)
            let messages = try #require(round["messages"] as? [[String: Any]])
            #expect(messages.map { $0["persona"] as? String } == ["Analyzer", "Solver", "Moderator"])
            #expect(messages.map { $0["turn"] as? Int } == [1, 2, 3])
            #expect(messages.allSatisfy { $0["content"] as? String == "A thought in four words." })
            #expect(round["complete"] as? Bool == true)
            #expect(discussion["status"] as? String == "waiting")
            #expect(provider.seatPrompts.count == 3)
        }
    }

    @Test func `a topic sent by the page's form leads to the discussion, whose page says whose turn it is`()
        async throws
    {
        let provider = try ScriptedProvider { _ in .answer("**Yes**, and no.") }
        try await LocalSite.with(provider: provider) { site in
            let start = try await site.get("/")
            let answer = try await site.submit(
                start,
                action: "/discussions",
                [("topic", "To be?\r\nOr not?")]
            )
            #expect(answer.status == 303)
            let path = try #require(answer.location)
            let discussion = try await site.waiting(path)
            #expect(discussion.json["topic"] as? String == "To be?\nOr not?")
            let page = try await site.get(path)
            #expect(page.body.contains("<strong>Yes</strong>, and no."))
            #expect(page.body.contains("It is your turn"))
            #expect(page.body.contains("<title>Your turn: To be?"))
            let proceeded = try await site.submit(page, action: "\(path)/proceed")
            #expect(proceeded.status == 303)
            let rounds = try await site.waiting(path).json["rounds"] as? [[String: Any]]
            #expect(rounds?.count == 2)
        }
    }

    @Test func `the first words of a message reach the live page while the model still speaks`()
        async throws
    {
        let gate = Gate()
        let provider = try ScriptedProvider { request in
            request.messages.last?.content.contains("You open this round") == true
                ? [.role, .chunk("First words"), .wait(gate), .chunk(" & last words"), .finish(), .done]
                : .answer("Later.")
        }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("Who speaks first?")
            // The client takes gzip, as browsers do: compression must not hold the words back.
            let request = HTTPClientRequest(url: "\(site.baseURL)\(path)/live")
            let response = try await site.http.execute(request, timeout: .seconds(60))
            var text = ""
            for try await piece in response.body {
                text += String(buffer: piece)
                if text.contains("First words"), !gate.isOpen {
                    #expect(!text.contains("last words"))
                    gate.open()
                }
            }
            #expect(text.contains("First words &amp; last words"))
            #expect(text.contains("target=\"_top\" href=\"\(path)\">It is your turn</a>"))
            #expect(text.hasSuffix("</html>\n"))
            let names = text.matches(of: /<h2>(\w+)<\/h2>/).map { String($0.output.1) }
            #expect(names == ["Analyzer", "Solver", "Moderator"])
            let after = try await site.get("\(path)/live")
            #expect(after.body.contains("Nothing is being said just now"))
        }
    }

    @Test func `a topic that cannot be taken comes back with what was typed`() async throws {
        let long = String(repeating: "a", count: 10_000)
        let cases = [
            ("", ""), ("%20%0D%0A%09", " \r\n\t"), ("x", "x"), (long, long),
            ("be%00fore", "be\u{FFFD}fore"), ("caf%E9%20au%20lait", "caf\u{FFFD} au lait"),
        ]
        let provider = try ScriptedProvider { _ in .answer("Never asked.") }
        try await LocalSite.with(provider: provider) { site in
            for (sent, kept) in cases {
                let page = try await site.get("/")
                let id = try #require(page.body.firstMatch(of: /name="command_id" value="([^"]+)"/)?.output.1)
                let answer = try await site.post("/discussions", encoded: "command_id=\(id)&topic=\(sent)")
                #expect(answer.status == 400)
                #expect(answer.body.contains("<title>Error: "))
                #expect(answer.body.contains("aria-describedby=\"topic-hint problem\""))
                #expect(answer.body.contains(">\n\(kept)</textarea>"))
            }
            #expect(try await site.get("/").body.contains("None yet."))
        }
        #expect(provider.chats.isEmpty)
    }

    @Test func `a topic is shown exactly as it was typed`() async throws {
        let provider = try ScriptedProvider { _ in .answer("So be it.") }
        try await LocalSite.with(provider: provider) { site in
            for topic in [
                "<script>alert(1)</script>", "مرحبا \"بكم\" & أهلا", "🦊👩‍👩‍👧‍👦 e\u{301}",
                "{{topic}} {{{topic}}} %3Cb%3E + ' \"",
            ] {
                let path = try await site.start(topic)
                let shown = topic.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
                    .replacing(">", with: "&gt;").replacing("\"", with: "&quot;").replacing(
                        "'",
                        with: "&#39;"
                    )
                let page = try await site.get(path)
                #expect(page.body.contains("<h1 dir=\"auto\">\(shown)</h1>"))
                #expect(try await site.get(path, json: true).json["topic"] as? String == topic)
                _ = try await site.waiting(path)
            }
        }
    }
}
