import Testing

@testable import Domain

@Suite("The rule for a person's text")
struct TextRuleTests {
    static let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}"

    @Test(
        "refuses a topic that has nothing in it, and says so",
        arguments: ["", " ", "\n\r\n\t ", "\u{A0}\u{2003}\u{3000}\u{2028}\u{85}"]
    )
    func empty(text: String) {
        let refusal = InvalidText(
            field: "topic",
            message: "The topic is empty. Please write at least 3 characters."
        )
        #expect(throws: refusal) { try TextRule.topic.check(text) }
    }

    @Test(
        "refuses a topic that is too short, also when blanks make it look longer",
        arguments: ["a", "ab", "  ab  "]
    )
    func short(text: String) {
        let refusal = InvalidText(
            field: "topic",
            message: "The topic is too short. Please write at least 3 characters."
        )
        #expect(throws: refusal) { try TextRule.topic.check(text) }
    }

    @Test("takes a topic of 3 to 5,000 Unicode scalars and not one more")
    func bounds() throws {
        #expect(try TextRule.topic.check("abc") == "abc")
        let longest = String(repeating: "é", count: 5_000)
        #expect(try TextRule.topic.check(longest) == longest)
        #expect(try TextRule.topic.check("\n " + longest + " \n") == longest)
        let refusal = InvalidText(
            field: "topic",
            message: "The topic has 5001 characters. Please shorten it to at most 5000."
        )
        #expect(throws: refusal) { try TextRule.topic.check(longest + "é") }
    }

    @Test("counts scalars, not what looks like one character")
    func scalars() throws {
        // One family is five scalars; an e with a combining accent is two.
        #expect(try TextRule.topic.check(Self.family) == Self.family)
        #expect(throws: InvalidText.self) { try TextRule.topic.check("e\u{301}") }
        #expect(try TextRule.topic.check("e\u{301}e\u{301}") == "e\u{301}e\u{301}")
        #expect(
            try TextRule.topic.check(String(repeating: Self.family, count: 1_000)).unicodeScalars.count
                == 5_000
        )
        #expect(throws: InvalidText.self) {
            try TextRule.topic.check(String(repeating: Self.family, count: 1_000) + "!")
        }
    }

    @Test(
        "turns every line end into one LF",
        arguments: [
            ("one\r\ntwo", "one\ntwo"), ("one\rtwo", "one\ntwo"), ("one\r\n\r\ntwo", "one\n\ntwo"),
            ("one\r\r\ntwo", "one\n\ntwo"), ("one\n\rtwo", "one\n\ntwo"), ("one\r\n\ntwo", "one\n\ntwo"),
            ("one\ntwo", "one\ntwo"),
        ]
    )
    func lineEnds(given: String, kept: String) throws {
        #expect(Array(try TextRule.topic.check(given).utf8) == Array(kept.utf8))
    }

    @Test("counts CRLF as one scalar")
    func lineEndsCount() throws {
        let lines = String(repeating: "a\r\n", count: 2_499) + "ab"
        #expect(try TextRule.topic.check(lines).unicodeScalars.count == 5_000)
        #expect(throws: InvalidText.self) { try TextRule.topic.check("a\r\n") }
    }

    @Test("trims every kind of Unicode white space at the ends and keeps it in the middle")
    func trimming() throws {
        let blank =
            "\u{9}\u{A}\u{B}\u{C}\u{D}\u{20}\u{85}\u{A0}\u{1680}\u{2000}\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}"
        #expect(try TextRule.topic.check(blank + "one\u{A0}two" + blank) == "one\u{A0}two")
    }

    @Test("keeps what only looks blank: joiners and direction marks are part of the text")
    func invisible() throws {
        let text = "\u{200F}\u{5E9}\u{5DC}\u{5D5}\u{5DD}\u{200B}"
        #expect(Array(try TextRule.topic.check(text).unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("refuses a NUL wherever it stands", arguments: ["\0", "abc\0", "\0abc", "a\0bcd", "a\0\u{301}bc"])
    func nul(text: String) {
        let refusal = InvalidText(
            field: "topic",
            message: "The topic contains a NUL character. Please remove it."
        )
        #expect(throws: refusal) { try TextRule.topic.check(text) }
    }

    @Test("takes a remark and an answer from 1 character on", arguments: [TextRule.input, .answer])
    func others(rule: TextRule) throws {
        #expect(try rule.check(" x ") == "x")
        #expect(throws: InvalidText.self) { try rule.check(" ") }
        #expect(try rule.check(String(repeating: "x", count: 5_000)).count == 5_000)
        #expect(throws: InvalidText.self) { try rule.check(String(repeating: "x", count: 5_001)) }
    }

    @Test("names the field that carries the text")
    func fields() {
        #expect([TextRule.topic, .input, .answer].map(\.field) == ["topic", "input", "text"])
    }
}

@Suite("A discussion's title")
struct TitleTests {
    @Test("is a short topic as it stands")
    func short() {
        #expect(Discussion.title(of: "Why is the sky blue?") == "Why is the sky blue?")
        let full = String(repeating: "a", count: 120)
        #expect(Discussion.title(of: full) == full)
    }

    @Test("is the first line of several, marked as cut")
    func lines() {
        #expect(Discussion.title(of: "Why?\nBecause.") == "Why? …")
    }

    @Test("is cut at a word, within 120 characters")
    func words() {
        let topic = Array(repeating: "word", count: 40).joined(separator: " ")
        let title = Discussion.title(of: topic)
        #expect(title.hasSuffix("word …"))
        #expect(title.dropLast(2).count <= 120)
        #expect(topic.hasPrefix(title.dropLast(2)))
    }

    @Test("is cut in the middle of a word that is longer than that, never in the middle of a character")
    func longWord() {
        let topic = String(repeating: TextRuleTests.family, count: 200)
        #expect(Discussion.title(of: topic) == String(repeating: TextRuleTests.family, count: 120) + " …")
    }
}
