/// Takes out of a text what no log may say: keys, tokens, passwords, cookies, e-mail addresses, card numbers.
///
/// The second net. The first is that people's words are never handed to a logger at all (`Private`, and
/// ``LoggedError`` for errors); this one catches what a library, a vendor or a mistake brings along. Each rule
/// reads the text once, so a megabyte takes a thousand times as long as a kilobyte and not more.
package struct Redactor: Sendable {
    /// What was found, by its place in the text's bytes.
    struct Finding {
        let range: Range<Int>
        let kind: Kind
    }

    enum Kind: String {
        case secret, key, email = "e-mail", card
    }

    /// A configured secret as it is, and as addresses and JSON write it.
    private let literals: [[UInt8]]

    /// Shorter ones are words that would be found everywhere, and no secrets.
    private static let shortestSecret = 4

    /// - Parameter secrets: what is configured; found wherever it stands, whatever its shape.
    package init(secrets: [String] = []) {
        var forms: Set<String> = []
        for secret in secrets where secret.utf8.count >= Self.shortestSecret {
            forms.formUnion([secret, Self.percentEncoded(secret), Self.escaped(secret)])
        }
        // Longest first: one may begin another.
        literals = forms.map { Array($0.utf8) }.sorted { $0.count > $1.count }
    }

    /// `text` with a word such as `‹key›` in place of each thing found.
    package func redact(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var findings = literals.flatMap { Literals.find($0, in: bytes) }
        findings += NamedSecrets.find(in: bytes)
        findings += Schemes.find(in: bytes)
        findings += Addresses.find(in: bytes)
        findings += KeyShapes.find(in: bytes)
        findings += CardNumbers.find(in: bytes)
        guard !findings.isEmpty else { return text }
        findings.sort {
            ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound)
        }

        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var end = 0
        for finding in findings where finding.range.upperBound > end {
            // What begins inside of the one before only goes further than it.
            if finding.range.lowerBound >= end {
                result += bytes[end..<finding.range.lowerBound]
                result += Array("‹\(finding.kind.rawValue)›".utf8)
            }
            end = finding.range.upperBound
        }
        result += bytes[end...]
        return String(decoding: result, as: UTF8.self)
    }

    private static func percentEncoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if byte.isToken || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "~") {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
