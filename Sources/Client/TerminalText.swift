/// Makes text of people and models safe to print: it cannot move the cursor, change colours or the title, or
/// hide what was said.
///
/// One value for one text, piece by piece: an escape sequence may be cut between two pieces.
public struct TerminalText: Sendable {
    private enum State {
        case text
        /// Behind an ESC.
        case escape
        /// In a control sequence, so many characters long.
        case sequence(Int)
    }

    /// Real sequences are shorter; what goes on longer is text again, so that none can swallow a message.
    private static let longestSequence = 32
    private var state = State.text

    public init() {}

    /// The text without control characters and escape sequences; line breaks and tabs stay.
    ///
    /// Of an operating system command, such as one that sets the title, the words stay: a terminal that waits
    /// for its end would hide all that follows.
    public mutating func safe(_ piece: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in piece.unicodeScalars {
            switch state {
            case .sequence(let length) where (0x20...0x3F).contains(scalar.value):
                state = length < Self.longestSequence ? .sequence(length + 1) : .text
                continue
            case .sequence where (0x40...0x7E).contains(scalar.value):
                state = .text
                continue
            case .escape where scalar == "[":
                state = .sequence(0)
                continue
            // ESC and one character, among them those that open a string: OSC, DCS, APC.
            case .escape where (0x20...0x7E).contains(scalar.value):
                state = .text
                continue
            default: state = .text
            }
            switch scalar.value {
            case 0x1B: state = .escape
            case 0x9B: state = .sequence(0)
            case 0x0A, 0x09: safe.append(scalar)
            case 0x00..<0x20, 0x7F..<0xA0: break
            // Line and paragraph separators, which some terminals draw as nothing.
            case 0x2028, 0x2029: safe.append("\n")
            // They reorder the text around them, beyond its own line's end in some terminals.
            case 0x202A...0x202E, 0x2066...0x2069: break
            default: safe.append(scalar)
            }
        }
        return String(safe)
    }

    /// A whole text on one line, at most `longest` characters: names, and messages of a site.
    public static func line(_ text: String, longest: Int = 500) -> String {
        var terminal = TerminalText()
        let words = terminal.safe(text).split { $0.isWhitespace }.joined(separator: " ")
        return words.count > longest ? words.prefix(longest) + "…" : words
    }

    /// JSON whose strings hold nothing that a terminal obeys: the same values, such characters written as
    /// escapes.
    public static func json(_ json: String) -> String {
        var safe = ""
        for scalar in json.unicodeScalars {
            switch scalar.value {
            case 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
                let digits = String(scalar.value, radix: 16)
                safe += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}
