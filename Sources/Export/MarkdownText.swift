/// Text of people and models, put into our document so that it stays inside its place.
///
/// A quotation contains everything: an open code fence, an HTML comment or a list ends with it, by
/// CommonMark's rules of containers. Its headings go below ours, so that an outline shows ours alone.
enum MarkdownText {
    /// A block quotation with its headings at the lowest levels.
    static func quoted(_ text: String) -> String {
        lowered(text).map { $0.isEmpty ? ">" : "> \($0)" }.joined(separator: "\n")
    }

    /// What a heading, a quotation, a list, a table, a fence, HTML or a link's definition begins with.
    private static let blockSigns = Set("#>-+*=~`|<[_:\\".unicodeScalars)

    /// One line that begins no block of its own.
    static func line(_ text: String) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard let first = words.unicodeScalars.first else { return "" }
        if blockSigns.contains(first) { return "\\" + words }
        // `1.` and `1)` begin a list.
        let digits = words.prefix { ("0"..."9").contains($0) }
        guard !digits.isEmpty, let sign = words.dropFirst(digits.count).first, ".)".contains(sign) else {
            return words
        }
        return digits + "\\" + words.dropFirst(digits.count)
    }

    /// The least level that a heading of the text gets: ours are 1 to 4.
    private static let topLevel = 5

    /// The text's lines; its headings from ``topLevel`` on, wherever they stand outside of fenced code.
    private static func lowered(_ text: String) -> [String] {
        // CRLF is one character; a lone CR ends a line too.
        var text = text[...]
        while text.last?.isNewline == true { text.removeLast() }
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        var fence: Fence?
        return lines.map { line in
            let line = String(line)
            if let open = fence {
                if open.isClosed(by: line) { fence = nil }
                return line
            }
            if let opened = Fence(line) {
                fence = opened
                return line
            }
            guard let heading = line.wholeMatch(of: /([ ]{0,3})(#{1,6})([ \t].*)?/) else { return line }
            let level = min(6, heading.2.count + topLevel - 1)
            return heading.1 + String(repeating: "#", count: level) + (heading.3 ?? "")
        }
    }

    /// A line that opens fenced code.
    private struct Fence {
        private let sign: Character
        private let length: Int

        init?(_ line: String) {
            guard let match = line.prefixMatch(of: /[ ]{0,3}(`{3,}|~{3,})/), let sign = match.1.first else {
                return nil
            }
            // A fence of backticks has none behind it: that is code within a line.
            guard sign == "~" || !line.dropFirst(match.0.count).contains("`") else { return nil }
            self.sign = sign
            length = match.1.count
        }

        func isClosed(by line: String) -> Bool {
            guard let match = line.wholeMatch(of: /[ ]{0,3}(`{3,}|~{3,})[ \t]*/) else { return false }
            return match.1.first == sign && match.1.count >= length
        }
    }
}
