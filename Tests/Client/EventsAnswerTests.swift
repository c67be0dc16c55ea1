import Client
import Foundation
import Testing

@Suite("The answer of a poll")
struct EventsAnswerTests {
    private func read(_ json: String) -> EventsAnswer? { EventsAnswer(Array(json.utf8)) }

    @Test("keeps each event exactly as it was sent")
    func exact() throws {
        let sent = [
            event(1, "discussion-started", #"{"topic":"a \"b ]}[{ \\","panel":[],"status":"running"}"#),
            #"{ "type":"x", "data":{"events":[1,[2],{}],"n":1.50}, "id":2,"at":"now","discussionId":"d" }"#,
            event(3, "user-input", #"{"round":1,"input":"é\u0041\ud83d\ude00","b":1,"a":2}"#),
        ]
        let answer = try #require(
            read(#"{"other":["events"],"events":[\#(sent.joined(separator: " ,\n "))],"cursor":7}"#)
        )
        #expect(answer.cursor == 7)
        #expect(answer.events.map(\.json) == sent)
        #expect(answer.events.map(\.id) == [1, 2, 3])
    }

    @Test("puts an event on one line that was sent on several")
    func oneLine() throws {
        let answer = try #require(
            read(
                "{\"cursor\":1,\"events\":[\n{\n  \"id\":1,\"type\":\"x\",\r\n\"discussionId\":\"d\",\"at\":\"\"}\n]}"
            )
        )
        #expect(
            answer.events.first?.json == "{   \"id\":1,\"type\":\"x\",  \"discussionId\":\"d\",\"at\":\"\"}"
        )
    }

    @Test(
        "is not taken for one when it is something else",
        arguments: [
            "", "<html>", "[]", "{}", #"{"cursor":1}"#, #"{"cursor":"1","events":[]}"#,
            #"{"cursor":1,"events":[1]}"#,
            #"{"cursor":1,"events":[{"id":1}]}"#, #"{"cursor":1,"events":["#,
        ]
    )
    func nothing(json: String) {
        #expect(read(json) == nil)
    }

    @Test("knows the events that the contract names, and passes over what it does not")
    func bodies() throws {
        let cases: [(String, String, DiscussionEvent.Body)] = [
            ("queued", #"{"place":2,"status":"running","activity":"round"}"#, .queued(place: 2)),
            (
                "message-chunk", #"{"messageId":"m","offset":3,"text":"x"}"#,
                .messageChunk(messageId: "m", offset: 3, text: "x")
            ),
            (
                "message-restart", #"{"messageId":"m","provider":"groq","model":"l"}"#,
                .messageRestart(messageId: "m", provider: "groq", model: "l")
            ),
            (
                "round-complete", #"{"round":2,"waitingForAction":true,"status":"waiting"}"#,
                .roundComplete(round: 2)
            ),
            ("user-input", #"{"round":1,"input":"x"}"#, .userInput(round: 1, input: "x")),
            ("discussion-stopped", #"{"status":"waiting"}"#, .discussionStopped),
            ("file-added", #"{"file":{"id":"f","name":"a.pdf"}}"#, .fileAdded(name: "a.pdf")),
            (
                "error", #"{"code":"LLM_TIMEOUT","message":"Late.","status":"waiting"}"#,
                .error(code: "LLM_TIMEOUT", message: "Late.")
            ),
            ("round-complete", #"{"round":"two"}"#, .other),
            ("made-up", "{}", .other),
        ]
        for (type, data, body) in cases {
            let answer = try #require(read("{\"cursor\":1,\"events\":[\(event(1, type, data))]}"))
            #expect(answer.events.first?.body == body, "\(type)")
            #expect(
                answer.events.first?.status
                    == (data.contains("waiting\"") ? "waiting" : data.contains("running") ? "running" : nil)
            )
        }
    }
}
