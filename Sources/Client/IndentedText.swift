/// Lines of ours at the left edge, words of people and models two columns in.
struct IndentedText {
    private(set) var isAtLineStart = true
    private let isColoured: Bool
    private var output = ""
    private var filter = TerminalText()
    /// A blank line stands above.
    private var isApart = true

    init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// Hands out what was written since the last time.
    mutating func take() -> String {
        defer { output = "" }
        return output
    }

    /// A line of ours; what comes from elsewhere in it was made one line by `TerminalText.line`.
    mutating func line(_ line: String) {
        endLine()
        output += line + "\n"
        isApart = false
        filter = TerminalText()
    }

    /// A line of ours with a blank one above.
    mutating func heading(_ name: String, _ detail: String? = nil) {
        endParagraph()
        let name = TerminalText.line(name, longest: 100)
        line((isColoured ? "\u{1B}[1m\(name)\u{1B}[0m" : name) + (detail.map { " (\($0))" } ?? ""))
    }

    /// Words, continued where they stopped.
    mutating func words(_ words: String) {
        for character in filter.safe(words) {
            if character.isNewline {
                output += "\n"
                isAtLineStart = true
            } else {
                if isAtLineStart { output += "  " }
                output.append(character)
                isAtLineStart = false
            }
            isApart = false
        }
    }

    /// A line of ours and whole words under it.
    mutating func block(_ title: String, _ words: String) {
        endParagraph()
        line(title)
        self.words(words)
        endParagraph()
    }

    mutating func endParagraph() {
        endLine()
        if !isApart { output += "\n" }
        isApart = true
        filter = TerminalText()
    }

    private mutating func endLine() {
        guard !isAtLineStart else { return }
        output += "\n"
        isAtLineStart = true
    }
}
