/// `Bearer …` and `Basic …`, where no name of a header stands before them.
enum Schemes {
    private static let names = [Array("bearer".utf8), Array("basic".utf8)]
    private static let inCredentials = Set("._~+/=%".utf8)
    /// Shorter ones are words: "basic idea".
    private static let shortest = 6

    static func find(in bytes: [UInt8]) -> [Redactor.Finding] {
        names.flatMap { find($0, in: bytes) }
    }

    private static func find(_ name: [UInt8], in bytes: [UInt8]) -> [Redactor.Finding] {
        var findings: [Redactor.Finding] = []
        var index = 0
        // Credentials may hold such a word themselves; where they end is found once.
        var end = 0
        while index + name.count < bytes.count {
            guard bytes[index].lowercased == name[0],
                bytes[index..<index + name.count].elementsEqual(name, by: { $0.lowercased == $1 })
            else {
                index += 1
                continue
            }
            index += name.count
            let start = afterJoint(index, in: bytes)
            guard start > index else { continue }
            end = max(end, start)
            while end < bytes.count, bytes[end].isToken || inCredentials.contains(bytes[end]) { end += 1 }
            if end - start >= shortest { findings.append(.init(range: start..<end, kind: .secret)) }
            index = start
        }
        return findings
    }

    private static func afterJoint(_ index: Int, in bytes: [UInt8]) -> Int {
        var index = index
        while index < bytes.count {
            if bytes[index].isBlank || bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: ":")
            {
                index += 1
            } else if bytes[index] == UInt8(ascii: "%"), bytes[index...].starts(with: "%20".utf8) {
                index += 3
            } else {
                break
            }
        }
        return index
    }
}
