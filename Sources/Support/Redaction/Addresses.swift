/// E-mail addresses, and names and passwords in URLs.
enum Addresses {
    static func find(in bytes: [UInt8]) -> [Redactor.Finding] {
        var findings: [Redactor.Finding] = []
        var index = 0
        // Nothing before this is looked at again.
        var floor = 0
        // A run of `@` has one end, which is found once.
        var domainEnd = 0
        var lastSign = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: ":"), bytes[index...].starts(with: "://".utf8) {
                let authority = index + 3
                var end = authority
                var at: Int?
                while end < bytes.count, !endsAuthority(bytes[end]) {
                    if bytes[end] == UInt8(ascii: "@") { at = end }
                    end += 1
                }
                if let at {
                    findings.append(.init(range: authority..<at, kind: .secret))
                    index = at + 1
                } else {
                    index = authority
                }
                floor = index
            } else if let afterSign = sign(at: index, in: bytes) {
                var start = index
                while start > floor, isLocal(bytes[start - 1]) { start -= 1 }
                if domainEnd < afterSign {
                    domainEnd = afterSign
                    while domainEnd < bytes.count, isDomain(bytes[domainEnd]) { domainEnd += 1 }
                    // A sentence's full stop is not part of it.
                    lastSign = domainEnd
                    while lastSign > afterSign, !bytes[lastSign - 1].isAlphanumeric,
                        bytes[lastSign - 1] < 0x80
                    {
                        lastSign -= 1
                    }
                }
                let end = lastSign
                if start < index, end > afterSign {
                    findings.append(.init(range: start..<end, kind: .email))
                    index = end
                } else {
                    index = afterSign
                }
                floor = index
            } else {
                index += 1
            }
        }
        return findings
    }

    /// `@`, plain or percent-encoded.
    private static func sign(at index: Int, in bytes: [UInt8]) -> Int? {
        if bytes[index] == UInt8(ascii: "@") { return index + 1 }
        return bytes[index] == UInt8(ascii: "%") && bytes[index...].starts(with: "%40".utf8) ? index + 3 : nil
    }

    private static let inLocalPart = Set(".!#$%&*+/?^_|~-".utf8)

    private static func isLocal(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte >= 0x80 || inLocalPart.contains(byte)
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        byte.isAlphanumeric || byte >= 0x80 || ".-@".utf8.contains(byte)
    }

    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte.isQuote || "/?#\\<>".utf8.contains(byte)
    }
}
