/// Words of people, files, models and vendors on their way past a logger.
///
/// However it is printed, only its length appears, so that it cannot get into a line by mistake.
package struct Private: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The words themselves, for whoever may read them.
    package func reveal() -> String { text }

    package var description: String {
        let count = text.unicodeScalars.count
        return "‹\(count) \(count == 1 ? "character" : "characters")›"
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Private: ExpressibleByStringInterpolation {
    package init(stringLiteral value: String) {
        self.init(value)
    }
}

extension Private: Codable {
    package init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
