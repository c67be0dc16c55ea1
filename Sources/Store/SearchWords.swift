import Domain

/// What a person searches for, as the index understands it.
///
/// All words must stand in one text; `"quoted words"` side by side and in this order; the last word may be the
/// beginning of one. Nothing else has a meaning: what looks like the index's own syntax is looked for, or, where
/// it is no letter or digit, left out.
package struct SearchWords: Sendable, Hashable {
    /// As many scalars as a sentence that somebody remembers; what follows is not looked for.
    package static let longest = 200
    /// Each further word is looked up on its own, and narrows nothing that anybody would notice.
    static let mostWords = 16

    /// Each is a word, or several that stand side by side.
    let phrases: [String]
    /// The last phrase's last word may go on.
    let lastIsPrefix: Bool

    /// Nil if there is nothing in it that could be found.
    package init?(_ text: String) {
        var phrases: [String] = []
        var isQuoted = false
        var endsOpen = false
        for (index, part) in Self.parts(text).enumerated() {
            isQuoted = !index.isMultiple(of: 2)
            if isQuoted {
                if Self.isFindable(part) { phrases.append(part) }
                endsOpen = false
            } else {
                let words = part.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map(
                    String.init
                )
                let found = words.filter(Self.isFindable)
                phrases += found
                if !found.isEmpty { endsOpen = words.last == found.last }
            }
        }
        guard !phrases.isEmpty else { return nil }
        self.phrases = Array(phrases.prefix(Self.mostWords))
        // A quotation mark that was not closed yet: its last word is still being typed.
        lastIsPrefix =
            phrases.count <= Self.mostWords && (endsOpen || isQuoted)
            && (self.phrases.last.map(Self.isPrefix) ?? false)
    }

    /// A query of the index, for the texts of one person.
    ///
    /// Every phrase is a string of the index's language, in which nothing but a quotation mark is special.
    func query(of person: PersonID) -> String {
        var terms = phrases.map(Self.string)
        if lastIsPrefix, let last = terms.popLast() { terms.append("\(last)*") }
        return "owner:\(Self.string(person.rawValue)) AND body:(\(terms.joined(separator: " AND ")))"
    }

    private static func string(_ text: String) -> String {
        "\"\(text.replacing("\"", with: "\"\""))\""
    }

    /// The text between quotation marks, and that outside, in turn; outside comes first.
    private static func parts(_ text: String) -> [String] {
        let marks: Set<Unicode.Scalar> = ["\"", "\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}"]
        var parts = [String.UnicodeScalarView()]
        for scalar in text.unicodeScalars.prefix(longest) {
            if marks.contains(scalar) {
                parts.append(.init())
            } else {
                // NUL would end the query in the middle of a string.
                parts[parts.count - 1].append(scalar == "\0" ? " " : scalar)
            }
        }
        return parts.map(String.init)
    }

    /// The index knows letters and digits, and what is written for private use; the rest stands between words.
    private static func isFindable(_ text: String) -> Bool { text.unicodeScalars.contains(where: isWord) }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .privateUse:
            true
        default: false
        }
    }

    /// One Latin letter is the beginning of too much: nobody is helped by it, and it is what takes long.
    ///
    /// One sign of a script that writes no spaces is a word.
    private static func isPrefix(_ phrase: String) -> Bool {
        let word = phrase.unicodeScalars.reversed().prefix { isWord($0) || isMark($0) }
        guard let last = word.first else { return false }
        return word.count > 1 || last.value >= 0x2E80
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        [.nonspacingMark, .spacingMark].contains(scalar.properties.generalCategory)
    }
}
