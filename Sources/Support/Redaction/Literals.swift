import Glibc

/// Secrets that are known by heart.
enum Literals {
    static func find(_ literal: [UInt8], in bytes: [UInt8]) -> [Redactor.Finding] {
        guard let first = literal.first else { return [] }
        var findings: [Redactor.Finding] = []
        bytes.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return }
            var from = 0
            while from + literal.count <= text.count,
                let found = memchr(start + from, Int32(first), text.count - from - literal.count + 1)
            {
                let at = start.distance(to: UnsafeRawPointer(found))
                // At worst the text times the secret's length, which is a few dozen.
                guard memcmp(found, literal, literal.count) == 0 else {
                    from = at + 1
                    continue
                }
                findings.append(.init(range: at..<at + literal.count, kind: .secret))
                from = at + literal.count
            }
        }
        return findings
    }
}
