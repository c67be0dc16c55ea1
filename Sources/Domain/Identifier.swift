/// A random name of one thing: 128 bits as 26 letters and digits of Crockford's base32, lower case.
///
/// Random, so that an id in a URL tells nothing about how many there are, and cannot be guessed.
package struct Identifier<Subject>: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    /// A fresh id from `generator`, which is the system's unless a test brings its own.
    package static func random(using generator: inout some RandomNumberGenerator) -> Self {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var letters = ""
        for word in 0..<2 {
            // 13 letters of 5 bits hold 64 bits and one that is always the first half of the alphabet.
            var bits: UInt64 = generator.next()
            for _ in 0..<13 {
                letters.append(alphabet[Int(bits & 31)])
                bits >>= 5
            }
            assert(letters.count == (word + 1) * 13)
        }
        return Self(rawValue: letters)
    }

    /// A fresh id from the system's generator.
    package static func random() -> Self {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }
}

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        rawValue = try decoder.singleValueContainer().decode(String.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

package typealias PersonID = Identifier<Person>
package typealias DiscussionID = Identifier<Discussion>
package typealias MessageID = Identifier<Message>
