/// The boundary that a Content-Type names.
package enum Boundary {
    /// RFC 2046: so many of its characters at most.
    private static let longest = 70

    /// - Returns: nil if the type is no `multipart/form-data`, or names no boundary that may be one.
    package static func find(inContentType type: String) -> String? {
        let parts = type.split(separator: ";", omittingEmptySubsequences: true)
        guard let kind = parts.first, kind.trimmed.lowercased() == "multipart/form-data" else { return nil }
        var found: [String] = []
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "="),
                part[..<equals].trimmed.lowercased() == "boundary"
            else { continue }
            var value = part[part.index(after: equals)...].trimmed
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            found.append(value)
        }
        guard found.count == 1, let boundary = found.first, (1...longest).contains(boundary.utf8.count),
            boundary.utf8.allSatisfy(isAllowed), boundary.last != " "
        else { return nil }
        return boundary
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " || text.first == "\t" { text = text.dropFirst() }
        while text.last == " " || text.last == "\t" { text = text.dropLast() }
        return String(text)
    }
}
