import Client
import Foundation
import Testing

@Suite("A discussion in the terminal")
struct DiscussionTextTests {
    private static let page = "http://127.0.0.1:8080/discussions/d1"
    private static let panel = """
        [{"seat":1,"persona":"Analyzer","provider":"mistral","model":"m-1"},\
        {"seat":2,"persona":"Solver","provider":"groq","model":"g-1"}]
        """
    private static let started = event(
        1,
        "discussion-started",
        #"{"topic":"Lend tools?","place":"any","panel":\#(panel),"status":"running","activity":"round"}"#
    )

    private func start(_ provider: String = "mistral", _ model: String = "m-1") -> String {
        event(
            3,
            "message-start",
            """
            {"messageId":"m","round":1,"seat":1,"persona":"Analyzer","turn":1,"provider":"\(provider)","model":"\(model)"}
            """
        )
    }

    private func chunk(_ offset: Int, _ text: String) -> String {
        event(4, "message-chunk", #"{"messageId":"m","offset":\#(offset),"text":"\#(text)"}"#)
    }

    private func message(_ content: String, fallback: Bool = false, truncated: Bool = false) -> String {
        """
        {"id":"m","seat":1,"persona":"Analyzer","turn":1,"content":"\(content)","provider":"mistral",\
        "model":"m-1","fallback":\(fallback),"truncated":\(truncated),"finished":true}
        """
    }

    private func complete(_ content: String, fallback: Bool = false, truncated: Bool = false) -> String {
        event(
            9,
            "message-complete",
            #"{"message":\#(message(content, fallback: fallback, truncated: truncated))}"#
        )
    }

    private func shown(_ events: String..., coloured: Bool = false) throws -> String {
        var text = DiscussionText(page: Self.page, isColoured: coloured)
        let body = "{\"cursor\":99,\"events\":[\(events.joined(separator: ","))]}"
        let answer = try #require(EventsAnswer(Array(body.utf8)))
        return answer.events.map { text.show($0) }.joined() + text.caughtUp()
    }

    @Test("tells who speaks, the words as they come, and whose turn it is")
    func round() throws {
        let text = try shown(
            Self.started,
            event(2),
            start(),
            chunk(0, "I think "),
            chunk(8, "so.\\n\\nReally."),
            complete("I think so.\\n\\nReally."),
            event(
                10,
                "round-complete",
                #"{"round":1,"waitingForAction":true,"status":"waiting","activity":null}"#
            )
        )
        #expect(
            text == """
                Topic:
                  Lend tools?

                Round 1

                Analyzer (mistral · m-1)
                  I think so.

                  Really.

                Round 1 is complete.
                It is your turn: \(Self.page)

                """
        )
    }

    @Test("prints a message that begins anew again, and who speaks it now")
    func restart() throws {
        let text = try shown(
            Self.started,
            start(),
            chunk(0, "I th"),
            event(5, "message-restart", #"{"messageId":"m","provider":"groq","model":"g-1"}"#),
            chunk(0, "No, I do not."),
            complete("No, I do not.", fallback: true)
        )
        #expect(text.contains("  I th\n\nAnalyzer begins anew (groq · g-1, fallback)\n  No, I do not.\n"))
        #expect(text.components(separatedBy: "fallback").count == 2)
    }

    @Test("says at the start who is a fallback")
    func fallback() throws {
        #expect(try shown(Self.started, start("groq", "g-1")).contains("Analyzer (groq · g-1, fallback)\n"))
    }

    @Test("prints words once that come twice, and all of them at the end when some were missing")
    func overlap() throws {
        let overlapping = try shown(
            start(),
            chunk(0, "Grüße"),
            chunk(4, "ße aus"),
            complete("Grüße aus Rom.")
        )
        #expect(overlapping == "Analyzer (mistral · m-1)\n  Grüße aus Rom.\n\n")
        let gap = try shown(start(), chunk(0, "One "), chunk(8, "three"), complete("One two three"))
        #expect(gap == "Analyzer (mistral · m-1)\n  One two three\n\n")
        let compacted = try shown(start(), complete("All of it.", truncated: true))
        #expect(compacted == "Analyzer (mistral · m-1)\n  All of it.\n(Analyzer was cut short.)\n\n")
        let other = try shown(start(), chunk(0, "One "), complete("Quite another text."))
        #expect(other.contains("  One \n\nAnalyzer begins anew (mistral · m-1)\n  Quite another text.\n"))
    }

    @Test("goes on in the middle of a message that a fetched discussion holds")
    func snapshotThenEvents() throws {
        let begun = message("I think ").replacing("\"finished\":true", with: "\"finished\":false")
        let round =
            #"{"number":1,"complete":false,"messages":[\#(begun)],"questionSet":null,"answers":null,"userInput":["Mind the cost."]}"#
        let json = snapshot(cursor: 4, status: "running", rounds: round)
        let fetched = try JSONDecoder().decode(DiscussionSnapshot.self, from: Data(json.utf8))
        var text = DiscussionText(page: Self.page)
        #expect(
            text.show(fetched) + text.caughtUp() == """
                Topic:
                  Tools?

                Round 1

                The person says:
                  Mind the cost.

                Analyzer (mistral · m-1)
                  I think\u{20}
                """
        )
        let body = "{\"cursor\":9,\"events\":[\(chunk(8, "so.")),\(complete("I think so."))]}"
        let answer = try #require(EventsAnswer(Array(body.utf8)))
        #expect(answer.events.map { text.show($0) }.joined() == "so.\n\n")
        // Fetched anew, it holds nothing that was not shown.
        let later = snapshot(cursor: 9, rounds: round.replacing(begun, with: message("I think so.")))
        let again = try JSONDecoder().decode(DiscussionSnapshot.self, from: Data(later.utf8))
        #expect(text.show(again) + text.caughtUp() == "It is your turn: \(Self.page)\n")
    }

    @Test("lets no one's words stand where ours do, nor obey them")
    func spoof() throws {
        let text = try shown(
            start("evil\\nRound 9", "\\u001b[31mred"),
            chunk(0, "x\\nSolver (groq · g-1)\\n\\u001b]0;t\\u0007It is your turn: http://evil"),
            event(8, "error", #"{"code":"X","message":"a\nParley: \u001b[2Jb","status":"waiting"}"#)
        )
        #expect(
            text.split(separator: "\n").filter { !$0.hasPrefix("  ") } == [
                "Analyzer (evil Round 9 · red)", "Failed: a Parley: b (X)", "It is your turn: \(Self.page)",
            ]
        )
        #expect(!text.contains("\u{1B}"))
    }

    @Test("prints questions with their answers, and a conclusion with dissent and open questions")
    func rest() throws {
        let text = try shown(
            event(
                1,
                "questions-generated",
                """
                {"round":1,"questionSet":{"id":"q","questions":[{"id":"q1","text":"How big?","options":\
                [{"id":"o1","text":"Two"},{"id":"o2","text":"Ten"}]}]},"status":"waiting"}
                """
            ),
            event(
                2,
                "answers-submitted",
                """
                {"round":1,"answers":[{"question":"q1","options":["o2"],"text":"or so"}],"status":"running"}
                """
            ),
            event(
                3,
                "discussion-resolved",
                """
                {"resolution":{"reason":"agreed","round":1,"conclusion":"Start small.","agree":[],\
                "dissent":[{"persona":"Moderator","view":"Start large."}],"openQuestions":["When?"]},"status":"resolved"}
                """
            )
        )
        #expect(
            text == """
                Questions:
                  1. How big?
                     - Two
                     - Ten

                Answers:
                  How big?: Ten; or so

                Conclusion:
                  Start small.

                Moderator disagrees:
                  Start large.

                Open questions:
                  - When?

                Resolved: \(Self.page)

                """
        )
    }

    @Test("is bold only where it may be")
    func bold() throws {
        #expect(try shown(start(), coloured: true).hasPrefix("\u{1B}[1mAnalyzer\u{1B}[0m (mistral"))
    }
}
