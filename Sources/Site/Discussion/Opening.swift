/// The beginning of a text as one line, without Markdown's marks.
enum Opening {
    /// A line or two of a row.
    static let limit = 140

    /// At most ``limit`` scalars of `text`, cut between words, with a sign where something is missing.
    ///
    /// - Parameter isCut: there is more than `text` to begin with.
    static func of(_ text: String, isCut: Bool = false) -> String {
        var words: [Substring] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0.isWhitespace || ">#|".contains($0) }
            // A fence, a rule, the line below a table's head.
            guard line.contains(where: { $0.isLetter || $0.isNumber }), !line.hasPrefix("```") else {
                continue
            }
            words += line.split(whereSeparator: \.isWhitespace).drop { ["-", "*", "+"].contains($0) }
        }
        let plain = words.compactMap { word -> String? in
            // Within a word an underscore is its own, as in snake_case.
            let inner = word.drop { $0 == "_" }.filter { !"*`~|".contains($0) }
            return inner.isEmpty ? nil : String(inner.reversed().drop { $0 == "_" }.reversed())
        }
        var line = String.UnicodeScalarView()
        var isWhole = !isCut
        for word in plain {
            guard line.count + word.unicodeScalars.count < limit else {
                isWhole = false
                // A text without spaces is cut where it must be.
                if line.isEmpty { line.append(contentsOf: word.unicodeScalars.prefix(limit)) }
                break
            }
            if !line.isEmpty { line.append(" ") }
            line.append(contentsOf: word.unicodeScalars)
        }
        return String(line) + (isWhole || line.isEmpty ? "" : "…")
    }
}
