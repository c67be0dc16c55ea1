import Domain
import Testing

@testable import Engine

/// What models write is read tolerantly where it does not matter, and strictly where it does.
@Suite struct ReadingTests {
    private static let two =
        #"{"questions":[{"text":"Why so?","options":["a","b"]},{"text":"And how?","options":["c","d"]}]}"#

    @Test(arguments: [
        two, "```json\n\(two)\n```", "Sure! {not json} Here: \(two) Hope it helps {}", "  \(two)\n\n",
    ])
    func `questions are found whatever stands around them`(answer: String) throws {
        let questions = try QuestionsReading.read(answer)
        #expect(questions.map(\.text) == ["Why so?", "And how?"])
        #expect(questions.map(\.id) == ["1", "2"])
        #expect(questions[1].options.map(\.id) == ["1", "2"])
    }

    @Test(arguments: [
        ("", "there is no JSON object in it"),
        ("{\"questions\":", "there is no JSON object in it"),
        (#"{"questions":"none"}"#, "it is not of the form"),
        (#"{"questions":[{"text":"Only one?","options":["a","b"]}]}"#, "it has 1 questions, not 2 to 5"),
        (
            #"{"questions":[{"text":"Why?","options":["a"]},{"text":"How?","options":["a","b"]}]}"#,
            "question 1 has 1 options, not 2 to 6"
        ),
        (
            #"{"questions":[{"text":"Why?","options":["a","A "]},{"text":"How?","options":["a","b"]}]}"#,
            "question 1 has an option twice"
        ),
        (
            #"{"questions":[{"text":" ","options":["a","b"]},{"text":"How?","options":["a","b"]}]}"#,
            "question 1 is empty"
        ),
        (
            #"{"questions":[{"text":"How?","options":["a","b"]},{"text":"how?","options":["a","b"]}]}"#,
            "question 2 was asked before in it"
        ),
    ])
    func `questions that cannot be used are refused with the fault named`(answer: String, fault: String) {
        do {
            _ = try QuestionsReading.read(answer)
            Issue.record("read: \(answer)")
        } catch {
            #expect(error.description.hasPrefix(fault))
        }
    }

    @Test func `a question is at most 500 characters long, an option 200`() {
        let long = String(repeating: "x", count: 501)
        #expect(throws: QuestionsReading.Fault.self) {
            try QuestionsReading.read(
                #"{"questions":[{"text":"\#(long)","options":["a","b"]},{"text":"Two","options":["a","b"]}]}"#
            )
        }
        let option = String(repeating: "y", count: 201)
        #expect(throws: QuestionsReading.Fault.self) {
            try QuestionsReading.read(
                #"{"questions":[{"text":"One","options":["\#(option)","b"]},{"text":"Two","options":["a","b"]}]}"#
            )
        }
    }

    @Test(arguments: [
        "We all agree. Resolved!", "{}",
        #"{"resolved":"yes","conclusion":"x","agree":[],"dissent":[],"open_questions":[]}"#,
        #"{"resolved":true,"conclusion":" ","agree":[],"dissent":[],"open_questions":[]}"#,
        #"{"resolved":true,"conclusion":"x"}"#,
    ])
    func `a verdict that is not of its shape is none, whatever words are in it`(answer: String) {
        #expect(Verdict(answer, provider: .local, model: "m") == nil)
    }

    @Test func `a verdict keeps what says something, and drops placeholders`() throws {
        let verdict = try #require(
            Verdict(
                """
                {"resolved":true,"conclusion":" Yes. ","agree":["Solver","…"],\
                "dissent":[{"persona":"…","view":"…"},{"persona":"Moderator","view":"No."}],\
                "open_questions":["?","When?"]}
                """,
                provider: .groq,
                model: "m"
            )
        )
        #expect(verdict.conclusion == "Yes.")
        #expect(verdict.agree == ["Solver"])
        #expect(verdict.dissent.map(\.view) == ["No."])
        #expect(verdict.openQuestions == ["When?"])
    }

    @Test(arguments: [
        (#"a {"b":"}{\"","c":{}} d"#, #"{"b":"}{\"","c":{}}"#), ("{", nil), ("no", nil),
        ("{a} {\"b\":1}", "{\"b\":1}"),
    ])
    func `the first whole JSON object is found, strings and nesting respected`(text: String, object: String?)
    {
        #expect(EmbeddedJSON.object(in: text).map { String(decoding: $0, as: UTF8.self) } == object)
    }
}
