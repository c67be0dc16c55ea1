import Client
import Testing

@Suite("Text for a terminal")
struct TerminalTextTests {
    private func safe(_ pieces: String...) -> String {
        var text = TerminalText()
        return pieces.map { text.safe($0) }.joined()
    }

    @Test(
        "loses what a terminal obeys",
        arguments: [
            ("red \u{1B}[31;1mwords\u{1B}[0m", "red words"),
            ("up\u{1B}[2A\u{1B}[2Kdown", "updown"),
            ("eight bits \u{9B}2Jafter", "eight bits after"),
            ("a\u{8}b\rc\u{7}d\u{7F}e\u{0}f\u{B}g", "abcdefg"),
            ("saved\u{1B}7 and \u{1B}8restored, reset\u{1B}c", "saved and restored, reset"),
            ("\u{202E}desrever\u{202C} \u{2066}x\u{2069}", "desrever x"),
            ("one\u{2028}two", "one\ntwo"),
            ("CRLF\r\nis one", "CRLF\nis one"),
        ]
    )
    func obeyed(text: String, expected: String) {
        #expect(safe(text) == expected)
    }

    @Test("keeps the words behind a string that never ends, so that nothing is hidden")
    func strings() {
        #expect(safe("\u{1B}]0;title\u{7}and more") == "0;titleand more")
        #expect(safe("\u{1B}]8;;http://evil\u{1B}\\link\u{1B}]8;;\u{1B}\\") == "8;;http://evillink8;;")
        #expect(safe("\u{1B}Pnever ending") == "never ending")
        #expect(safe("\u{9D}0;title\u{9C}") == "0;title")
    }

    @Test("ends a sequence that is none, or goes on too long, and shows the rest")
    func malformed() {
        #expect(safe("\u{1B}[31\u{1B}[0mwords") == "words")
        #expect(safe("\u{1B}[12é") == "é")
        #expect(safe("\u{1B}é") == "é")
        #expect(safe("\u{1B}[" + String(repeating: "1", count: 100) + "m").count > 60)
        #expect(safe("\u{1B}\u{1B}[31mx") == "x")
    }

    @Test("knows a sequence that is cut between two pieces")
    func pieces() {
        #expect(safe("a\u{1B}", "[3", "1m", "b") == "ab")
    }

    @Test("leaves words of all scripts, emoji, tabs and line breaks alone")
    func untouched() {
        let text = "Tools\tund Bücher\n\n日本語 עברית \u{200F}العربية 👩‍👩‍👧 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ~`|"
        #expect(safe(text) == text)
    }

    @Test("lets no control character through, whatever comes")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let alphabet: [UInt32] = Array(0...0xA0) + [0x1B, 0x1B, 0x9B, 0x2028, 0x202E, 0x2066, 0x1F600]
        for _ in 0..<2_000 {
            var text = TerminalText()
            var shown = ""
            for _ in 0..<3 {
                let scalars = (0..<20).compactMap { _ in
                    alphabet.randomElement(using: &generator).flatMap(Unicode.Scalar.init)
                }
                shown += text.safe(String(String.UnicodeScalarView(scalars)))
            }
            #expect(
                shown.unicodeScalars.allSatisfy { scalar in
                    scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
                }
            )
        }
    }

    @Test("makes one line of a name")
    func line() {
        #expect(TerminalText.line(" a\n\u{1B}[1mb\tc  d ") == "a b c d")
        #expect(TerminalText.line(String(repeating: "x", count: 20), longest: 5) == "xxxxx…")
    }

    @Test("writes what a terminal obeys in JSON as escapes, and changes nothing else")
    func json() {
        #expect(
            TerminalText.json("{\"a\":\"é\u{9B}2J\u{202E}\u{7F}😀\"}") == #"{"a":"é\u009b2J\u202e\u007f😀"}"#
        )
    }
}
