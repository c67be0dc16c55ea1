/// Text from a person, checked: CRLF is LF, the ends are trimmed, the length is within its limit.
///
/// Lengths are Unicode scalars, since that is what a person can count on every machine alike.
package enum TextRule: Sendable {
    case topic
    case input
    case answer
    case conclusion

    /// The lengths that are accepted, in Unicode scalars.
    package var range: ClosedRange<Int> {
        switch self {
        case .topic: 3...5_000
        case .input, .answer, .conclusion: 1...5_000
        }
    }

    /// The name of the field that carries it.
    package var field: String {
        switch self {
        case .topic: "topic"
        case .input: "input"
        case .answer: "text"
        case .conclusion: "conclusion"
        }
    }

    /// The text as it will be kept.
    ///
    /// - Throws: `InvalidText` with a sentence for the person.
    package func check(_ text: String) throws(InvalidText) -> String {
        guard !text.unicodeScalars.contains("\0") else {
            throw InvalidText(
                field: field,
                message: "The \(field) contains a NUL character. Please remove it."
            )
        }
        let tidy = Self.tidy(text)
        let count = tidy.unicodeScalars.count
        if count == 0 {
            throw InvalidText(field: field, message: "The \(field) is empty. Please write at least \(least).")
        }
        if count < range.lowerBound {
            throw InvalidText(
                field: field,
                message: "The \(field) is too short. Please write at least \(least)."
            )
        }
        if count > range.upperBound {
            throw InvalidText(
                field: field,
                message:
                    "The \(field) has \(count) characters. Please shorten it to at most \(range.upperBound)."
            )
        }
        return tidy
    }

    private var least: String {
        range.lowerBound == 1 ? "1 character" : "\(range.lowerBound) characters"
    }

    /// CRLF and CR become LF; white space at both ends goes.
    ///
    /// Worked on scalars: CRLF is a single `Character` in Swift.
    package static func tidy(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\n", afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = scalar == "\r"
            scalars.append(scalar == "\r" ? "\n" : scalar)
        }
        let isBlank = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        guard let first = scalars.firstIndex(where: { !isBlank($0) }),
            let last = scalars.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}

/// A text that was refused, and why, in a person's words.
package struct InvalidText: Error, Equatable {
    package let field: String
    package let message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }
}
