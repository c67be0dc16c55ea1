import Domain
import Foundation
import Testing

@Suite("An event")
struct EventTests {
    static let message = Message(
        id: MessageID(rawValue: "m1"),
        seat: 2,
        persona: .solver,
        turn: 5,
        content: "Ärger & \"so\" </b>\n\u{2028}",
        provider: .groq,
        model: "some/model",
        fallback: true,
        truncated: true,
        promptTokens: 7,
        completionTokens: 5,
        cost: 0.25,
        durationMs: 1_200,
        timeToFirstTokenMs: 80,
        promptVersion: "1",
        finished: true
    )
    /// Nothing is known of it that a provider would have told.
    static let bareMessage = Message(
        id: MessageID(rawValue: "m2"),
        seat: 1,
        persona: .analyzer,
        turn: 1,
        content: "",
        provider: .local,
        model: "l",
        fallback: false,
        promptVersion: "1",
        finished: false
    )
    static let panel = [
        Seat(seat: 1, persona: .analyzer, provider: .mistral, model: "m"),
        Seat(seat: 2, persona: .solver, provider: .groq, model: "g"),
    ]

    static let questionSet = QuestionSet(
        id: QuestionSetID(rawValue: "s1"),
        questions: [
            Question(id: "1", text: "Why?", options: [.init(id: "1", text: "a"), .init(id: "2", text: "b")])
        ]
    )
    static let summary = Summary(
        id: SummaryID(rawValue: "u1"),
        throughRound: 3,
        content: "So.",
        provider: .local,
        model: "l",
        promptVersion: "1"
    )
    static let waiting = """
        {"activity":null,"cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
        "status":"waiting"}
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let type: String
        let body: EventBody
        let json: String

        init(_ type: String, _ body: EventBody, _ json: String) {
            (self.type, self.body, self.json) = (type, body, json)
        }

        var testDescription: String { type }
    }

    static let cases: [Case] = [
        Case(
            "discussion-started",
            .discussionStarted(
                .init(topic: "Why?", place: .any, panel: panel, status: .running, activity: .round)
            ),
            """
            {"activity":"round","panel":[\
            {"model":"m","persona":"Analyzer","provider":"mistral","seat":1},\
            {"model":"g","persona":"Solver","provider":"groq","seat":2}],\
            "place":"any","status":"running","topic":"Why?"}
            """
        ),
        Case(
            "round-start",
            .roundStart(.init(round: 2, status: .running, activity: .round)),
            #"{"activity":"round","round":2,"status":"running"}"#
        ),
        Case(
            "message-start",
            .messageStart(
                .init(
                    messageId: MessageID(rawValue: "m1"),
                    round: 1,
                    seat: 3,
                    persona: .moderator,
                    turn: 3,
                    provider: .openrouter,
                    model: "o/o"
                )
            ),
            """
            {"messageId":"m1","model":"o/o","persona":"Moderator","provider":"openrouter","round":1,\
            "seat":3,"turn":3}
            """
        ),
        Case(
            "message-chunk",
            .messageChunk(.init(messageId: MessageID(rawValue: "m1"), offset: 4, text: "né\n")),
            #"{"messageId":"m1","offset":4,"text":"né\n"}"#
        ),
        Case(
            "message-restart",
            .messageRestart(.init(messageId: MessageID(rawValue: "m1"), provider: .local, model: "l")),
            """
            {"cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "messageId":"m1","model":"l","provider":"local"}
            """
        ),
        Case(
            "message-complete",
            .messageComplete(.init(message: bareMessage)),
            """
            {"cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "message":{"completionTokens":null,"content":"","cost":null,"durationMs":null,\
            "fallback":false,"finished":false,"id":"m2","model":"l","persona":"Analyzer",\
            "promptTokens":null,"promptVersion":"1","provider":"local","seat":1,\
            "timeToFirstTokenMs":null,"truncated":false,"turn":1}}
            """
        ),
        Case(
            "queued",
            .queued(.init(place: 2, status: .running, activity: .summary)),
            #"{"activity":"summary","place":2,"status":"running"}"#
        ),
        Case(
            "user-input",
            .userInput(.init(round: 1, input: "Mind \"this\".", status: .waiting)),
            #"{"activity":null,"input":"Mind \"this\".","round":1,"status":"waiting"}"#
        ),
        Case(
            "questions-generated",
            .questionsGenerated(.init(round: 1, questionSet: questionSet, status: .waiting)),
            """
            {"activity":null,"cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "questionSet":{"id":"s1","questions":[{"id":"1",\
            "options":[{"id":"1","text":"a"},{"id":"2","text":"b"}],"text":"Why?"}]},"round":1,\
            "status":"waiting"}
            """
        ),
        Case(
            "answers-submitted",
            .answersSubmitted(
                .init(
                    round: 1,
                    answers: [Answer(question: "1", options: ["2"], text: "")],
                    status: .waiting
                )
            ),
            """
            {"activity":null,"answers":[{"options":["2"],"question":"1","text":""}],"round":1,\
            "status":"waiting"}
            """
        ),
        Case(
            "summary-created",
            .summaryCreated(.init(summary: summary, status: .running, activity: .round)),
            """
            {"activity":"round","cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "status":"running","summary":{"content":"So.","id":"u1","model":"l",\
            "promptVersion":"1","provider":"local","throughRound":3}}
            """
        ),
        Case(
            "discussion-resolved",
            .discussionResolved(
                .init(
                    resolution: Resolution(reason: .maxTurns, round: 2, conclusion: "c"),
                    status: .resolved
                )
            ),
            """
            {"activity":null,"cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "resolution":{"agree":[],"conclusion":"c","dissent":[],"model":null,\
            "openQuestions":[],"provider":null,"reason":"max_turns","round":2},"status":"resolved"}
            """
        ),
        Case("discussion-reopened", .discussionReopened(.init(status: .waiting)), waiting),
        Case("discussion-stopped", .discussionStopped(.init(status: .waiting)), waiting),
        Case("discussion-deleted", .discussionDeleted(.init(status: .waiting)), waiting),
        Case("discussion-restored", .discussionRestored(.init(status: .waiting)), waiting),
        Case(
            "round-complete",
            .roundComplete(.init(round: 1, waitingForAction: true, status: .waiting)),
            """
            {"activity":null,"cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "round":1,"status":"waiting","waitingForAction":true}
            """
        ),
        Case(
            "file-added",
            .fileAdded(
                .init(
                    file: DiscussionFile(
                        id: FileID(rawValue: "f1"),
                        name: "a.txt",
                        type: .text,
                        size: 5,
                        state: .clean,
                        sha256: "00",
                        characters: 5,
                        kept: 5,
                        reading: .whole
                    )
                )
            ),
            """
            {"file":{"characters":5,"id":"f1","kept":5,"name":"a.txt","pages":null,"pagesRead":null,\
            "reading":"whole","sha256":"00","size":5,"state":"clean","type":"text/plain"}}
            """
        ),
        Case(
            "error",
            .error(.init(code: .providerTimeout, message: "Too slow.", status: .waiting)),
            """
            {"activity":null,"code":"LLM_TIMEOUT",\
            "cost":{"completionTokens":0,"promptTokens":0,"unpriced":0,"usd":null},\
            "message":"Too slow.","status":"waiting"}
            """
        ),
    ]

    @Test("has the contract's name and fields, with null where there is nothing", arguments: cases)
    func json(_ given: Case) throws {
        #expect(given.body.type == given.type)
        #expect(String(decoding: try given.body.json(), as: UTF8.self) == given.json)
    }

    @Test(
        "comes back from its JSON as it was",
        arguments: cases.map(\.body) + [
            .messageComplete(.init(message: message)),
            .discussionStarted(.init(topic: "a\u{301}\u{0}b", place: .house, panel: [], status: .waiting)),
        ]
    )
    func roundTrip(_ body: EventBody) throws {
        #expect(try EventBody(type: body.type, json: try body.json()) == body)
    }

    @Test("of a type that this version does not know is refused")
    func unknown() {
        #expect(throws: UnknownEvent.self) { try EventBody(type: "no-such-event", json: Data("{}".utf8)) }
    }

    @Test(
        "tells of a message with every key that a discussion's JSON has for it",
        arguments: [message, bareMessage]
    )
    func messageKeys(_ message: Message) throws {
        let json = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(message))
        let keys = Set(try #require(json as? [String: Any]).keys)
        let contract: Set = [
            "id", "seat", "persona", "turn", "content", "provider", "model", "fallback", "truncated",
            "promptTokens", "completionTokens", "cost", "durationMs", "timeToFirstTokenMs", "promptVersion",
        ]
        #expect(keys.isSuperset(of: contract))
    }
}
