/// Text of people, files and models, set apart so that a model reads it as quotation.
enum Material {
    /// `text` between tags.
    ///
    /// A tag of the same kind inside it loses its meaning, so the quotation cannot end itself.
    static func block(_ tag: String, from speaker: String? = nil, _ text: String) -> String {
        let opening = speaker.map { "<\(tag) from=\"\($0)\">" } ?? "<\(tag)>"
        return "\(opening)\n\(disarmed(text))\n</\(tag)>"
    }

    /// A file's text between tags that name it; `note` says what of it is given.
    static func file(_ name: String, note: String, _ text: String) -> String {
        "<file name=\(quoted(name))>\n(\(note))\n\(disarmed(text))\n</file>"
    }

    /// A file's name alone.
    static func file(_ name: String) -> String { "<file name=\(quoted(name))/>" }

    /// A name is a person's words too, and cannot leave its quotes.
    private static func quoted(_ name: String) -> String {
        let name = name.replacing("\"", with: "'").replacing("<", with: "‹").replacing(">", with: "›")
        return "\"\(name)\""
    }

    /// ``disarmed(_:)`` makes no more of a text: `‹` has two bytes more than `<`.
    static func mostBytes(disarming text: String) -> Int {
        text.utf8.count + 2 * text.utf8.count { $0 == UInt8(ascii: "<") }
    }

    /// Every `<` before one of our tags' names, or a slash and the name, becomes `‹`.
    static func disarmed(_ text: String) -> String {
        // By scalars: a `<` that combines with its neighbour into one character is still a `<` to a model.
        let tag = /<(?=\s*\/?\s*(?:topic|message|summary|remark|answer|file)\b)/
        return text.replacing(tag.ignoresCase().matchingSemantics(.unicodeScalar), with: "‹")
    }
}
