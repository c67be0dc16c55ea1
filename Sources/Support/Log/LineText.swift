/// A text as part of one line, whatever is in it: nothing of it moves a terminal's cursor, begins a line of its
/// own, or reads from right to left.
enum LineText {
    /// As it is where it is one plain word, else in quotes.
    static func value(_ text: String) -> String {
        let isWord =
            !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"\"\\=".utf8.contains($0) }
        return isWord ? text : "\"\(escaped(text, "\"\\") { "\\u{\($0)}" })\""
    }

    /// A message, which stands at the line's beginning and needs no quotes.
    static func message(_ text: String) -> String {
        escaped(text, "\\") { "\\u{\($0)}" }
    }

    /// A JSON string.
    static func json(_ text: String) -> String {
        let inside = escaped(text, "\"\\") { digits in
            guard let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init) else {
                return "\\ufffd"
            }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }
        return "\"\(inside)\""
    }

    private static func escaped(
        _ text: String,
        _ special: String.UnicodeScalarView,
        number: (String) -> String
    ) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case _ where special.contains(scalar):
                result.append("\\")
                result.append(scalar)
            case _ where isPlain(scalar): result.append(scalar)
            default: result.append(contentsOf: number(String(scalar.value, radix: 16)).unicodeScalars)
            }
        }
        return String(result)
    }

    private static func escaped(_ text: String, _ special: String, number: (String) -> String) -> String {
        escaped(text, special.unicodeScalars, number: number)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (0x20...0x7E).contains(scalar.value) }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            return false
        default: return true
        }
    }
}
