/// Secrets that are told by the name before them: `password=…`, `"api_key": "…"`, `Cookie: …`, `Bearer …`.
///
/// Read from the sign between name and value, so that each byte is looked at a bounded number of times.
enum NamedSecrets {
    /// With `-` and `_` left out and in lower case, a name that ends so is one of them.
    private static let endings = [
        "password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "apikey", "accesskey",
        "secretkey", "privatekey", "signingkey", "mistralkey", "groqkey", "openrouterkey", "authorization",
        "cookie", "csrf", "session", "sessionid", "credential", "credentials",
    ].map { Array($0.utf8) }

    /// Header fields whose value is the rest of the line.
    private static let wholeLines = ["authorization", "cookie"].map { Array($0.utf8) }

    /// Longer names are none.
    private static let longestName = 48

    /// Whether what `name` names must not be shown.
    static func isSecret(name: some Sequence<UInt8>) -> Bool {
        let name = plain(name)
        return endings.contains { name.suffix($0.count) == $0[...] }
    }

    static func find(in bytes: [UInt8]) -> [Redactor.Finding] {
        var findings: [Redactor.Finding] = []
        // Values may hold names and values of their own; where a word and a line end is found once.
        var wordEnd = 0
        var lineEnd = 0
        for index in bytes.indices {
            guard let afterSign = separator(at: index, in: bytes) else { continue }
            let name = self.name(before: index, in: bytes)
            guard !name.isEmpty, isSecret(name: name) else { continue }
            let start = end(from: afterSign, in: bytes) { !$0.isBlank }
            let plainName = plain(name)
            let isWholeLine =
                wholeLines.contains { plainName.suffix($0.count) == $0[...] }
                // `password: correct horse` has blanks in it, `password=x user=y` has not.
                || (bytes[index] == UInt8(ascii: ":") && start > afterSign)
            let value: Range<Int>
            if let quoted = Quoted.find(at: start, in: bytes) {
                value = quoted
            } else if isWholeLine {
                if lineEnd < start { lineEnd = end(from: start, in: bytes) { $0.isLineBreak } }
                value = start..<lineEnd
            } else {
                if wordEnd < start { wordEnd = end(from: start, in: bytes) { $0.endsWord } }
                value = start..<wordEnd
            }
            if !value.isEmpty { findings.append(.init(range: value, kind: .secret)) }
        }
        return findings
    }

    private static func plain(_ name: some Sequence<UInt8>) -> [UInt8] {
        name.filter(\.isAlphanumeric).map(\.lowercased)
    }

    /// `:` or `=`, plain or percent-encoded.
    ///
    /// - Returns: where it ends.
    private static func separator(at index: Int, in bytes: [UInt8]) -> Int? {
        switch bytes[index] {
        case UInt8(ascii: ":"), UInt8(ascii: "="): return index + 1
        case UInt8(ascii: "%") where index + 2 < bytes.count && bytes[index + 1] == UInt8(ascii: "3"):
            return [UInt8(ascii: "A"), UInt8(ascii: "D")].contains(bytes[index + 2] & 0xDF) ? index + 3 : nil
        default: return nil
        }
    }

    private static func name(before index: Int, in bytes: [UInt8]) -> ArraySlice<UInt8> {
        let floor = max(0, index - longestName)
        var end = index
        while end > floor, bytes[end - 1].endsName { end -= 1 }
        var start = end
        while start > floor, bytes[start - 1].isToken { start -= 1 }
        return bytes[start..<end]
    }

    private static func end(from index: Int, in bytes: [UInt8], at ends: (UInt8) -> Bool) -> Int {
        var end = index
        while end < bytes.count, !ends(bytes[end]) { end += 1 }
        return end
    }
}

/// A string in quotes, which may be one within strings: `\"…\"`.
enum Quoted {
    /// More backslashes before a quote are no nesting.
    private static let deepest = 8

    /// What stands between the quote at `index` and the one that closes it; nil if there is no quote.
    static func find(at index: Int, in bytes: [UInt8]) -> Range<Int>? {
        var opening = index
        while opening < bytes.count, opening < index + deepest, bytes[opening].isBackslash { opening += 1 }
        guard opening < bytes.count, bytes[opening].isQuote else { return nil }
        let backslashes = opening - index
        var end = opening + 1
        var run = 0
        while end < bytes.count {
            if bytes[end] == bytes[opening], backslashes == 0 ? run.isMultiple(of: 2) : run <= backslashes {
                return opening + 1..<(backslashes == 0 ? end : end - run)
            }
            run = bytes[end].isBackslash ? run + 1 : 0
            end += 1
        }
        return opening + 1..<end
    }
}

extension UInt8 {
    var isBackslash: Bool { self == UInt8(ascii: "\\") }

    fileprivate var endsName: Bool { isBlank || isQuote || isBackslash || self == UInt8(ascii: "]") }

    fileprivate var endsWord: Bool {
        isBlank || isLineBreak || isQuote || "&,;)]}<>".utf8.contains(self)
    }
}
