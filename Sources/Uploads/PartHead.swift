/// What a part of a form says of itself.
package struct PartHead: Sendable, Equatable {
    /// The field's name.
    package let name: String
    /// As it was sent: text, never a path.
    ///
    /// Nil for a field that is no file.
    package let fileName: String?

    init(_ bytes: ArraySlice<UInt8>, _ limits: MultipartParser.Limits) throws(MultipartFault) {
        var disposition: ArraySlice<UInt8>?
        let lines = Self.lines(bytes)
        guard lines.count <= limits.headLines else { throw .headTooLong(limits.headLines) }
        for line in lines {
            // Where two readers could disagree on what a line is, neither is asked.
            guard let first = line.first, first != 0x20, first != 0x09,
                !line.contains(where: { $0 < 0x20 && $0 != 0x09 }),
                let colon = line.firstIndex(of: UInt8(ascii: ":"))
            else { throw .malformed("a part's head has a line that is no header") }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            let value = line[(colon + 1)...].trimmingBlanks
            switch name {
            case "content-disposition":
                guard disposition == nil else { throw .malformed("a part has two dispositions") }
                disposition = value
            case "content-transfer-encoding":
                let encoding = String(decoding: value, as: UTF8.self).lowercased()
                guard ["binary", "8bit", "7bit"].contains(encoding) else {
                    throw .malformed("a part is encoded in a way that forms are not")
                }
            default: break
            }
        }
        guard let disposition else { throw .malformed("a part has no disposition") }
        let parameters = try DispositionParameters.read(disposition)
        guard let name = parameters["name"] else { throw .malformed("a part has no name") }
        guard name.count <= limits.name else { throw .nameTooLong(limits.name) }
        guard let text = String(validating: Self.decoded(name), as: UTF8.self) else {
            throw .malformed("a part's name is not UTF-8")
        }
        self.name = text
        if let extended = parameters["filename*"].flatMap(Self.extended) {
            fileName = extended
        } else {
            // It is only shown: what is no UTF-8 in it may be.
            fileName = parameters["filename"].map { String(decoding: Self.decoded($0), as: UTF8.self) }
        }
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        var at = start
        while at < bytes.endIndex {
            if bytes[at] == 0x0D, at + 1 < bytes.endIndex, bytes[at + 1] == 0x0A {
                lines.append(bytes[start..<at])
                at += 2
                start = at
            } else {
                at += 1
            }
        }
        return lines + [bytes[start...]]
    }

    /// Browsers write a quote and the ends of lines as `%22`, `%0D`, `%0A`, and nothing else in this way.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            let escape = String(decoding: rest.prefix(2), as: UTF8.self).uppercased()
            if byte == UInt8(ascii: "%"), let sign = ["22": 0x22, "0D": 0x0D, "0A": 0x0A][escape] {
                decoded.append(UInt8(sign))
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }

    /// `UTF-8''na%C3%AFve.txt` (RFC 8187); nil for what is none, so that the plain name counts.
    private static func extended(_ bytes: [UInt8]) -> String? {
        let parts = bytes.split(
            separator: UInt8(ascii: "'"),
            maxSplits: 2,
            omittingEmptySubsequences: false
        )
        guard parts.count == 3, String(decoding: parts[0], as: UTF8.self).lowercased() == "utf-8" else {
            return nil
        }
        var decoded: [UInt8] = []
        var rest = parts[2]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            decoded.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}

/// `form-data; name="a"; filename="b"`.
private enum DispositionParameters {
    static func read(_ value: ArraySlice<UInt8>) throws(MultipartFault) -> [String: [UInt8]] {
        let kind = value.prefix { $0 != UInt8(ascii: ";") }
        guard String(decoding: kind.trimmingBlanks, as: UTF8.self).lowercased() == "form-data" else {
            throw .malformed("a part is no form data")
        }
        var rest = value[kind.endIndex...]
        var found: [String: [UInt8]] = [:]
        while !rest.isEmpty {
            guard rest.first == UInt8(ascii: ";") else { throw .malformed("a disposition cannot be read") }
            rest = rest.dropFirst().trimmingBlanks
            guard !rest.isEmpty else { break }
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else {
                throw .malformed("a disposition cannot be read")
            }
            let name = String(decoding: rest[..<equals], as: UTF8.self).lowercased()
            rest = rest[(equals + 1)...]
            let value: [UInt8]
            if rest.first == UInt8(ascii: "\"") {
                value = try quoted(&rest)
            } else {
                let token = rest.prefix { $0 != UInt8(ascii: ";") }
                rest = rest[token.endIndex...]
                value = Array(token.trimmingBlanks)
            }
            rest = rest.trimmingBlanks
            guard found.updateValue(value, forKey: name) == nil else {
                throw .malformed("a disposition says the same twice")
            }
        }
        return found
    }

    /// A backslash escapes a quote and itself; before anything else it stands for itself, as old browsers
    /// sent whole Windows paths.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) throws(MultipartFault) -> [UInt8] {
        var value: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return value }
            if byte == UInt8(ascii: "\\"), let next = rest.first,
                next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\")
            {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(byte)
            }
        }
        throw .malformed("a quotation does not end")
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks and tabs at either end.
    fileprivate var trimmingBlanks: ArraySlice<UInt8> {
        var slice = self
        while slice.first == 0x20 || slice.first == 0x09 { slice = slice.dropFirst() }
        while slice.last == 0x20 || slice.last == 0x09 { slice = slice.dropLast() }
        return slice
    }
}
