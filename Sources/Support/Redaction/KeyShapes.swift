/// Keys and tokens that are told by how they look.
enum KeyShapes {
    /// How the keys of vendors and our own tokens begin.
    private static let beginnings = [
        "parley_", "gsk_", "sk-", "sk_", "xai-", "hf_", "ghp_", "gho_", "github_pat_", "glpat-", "AIza",
        "AKIA",
        "eyJ",
    ].map { Array($0.utf8) }

    private static let firstSigns = Set(beginnings.compactMap(\.first))

    /// Behind its beginning, a real one has at least this many signs, a digit among them.
    private static let fewestSigns = 16
    /// Mistral's keys and many others: no beginning, but letters of both cases and digits as no word or id has.
    private static let fewestMixed = 32

    static func find(in bytes: [UInt8]) -> [Redactor.Finding] {
        var findings: [Redactor.Finding] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index].isToken else {
                index += 1
                continue
            }
            var end = index
            // A JWT has dots between its parts.
            while end < bytes.count, bytes[end].isToken || (bytes[end] == UInt8(ascii: ".") && end > index) {
                end += 1
            }
            if let start = key(in: bytes[index..<end]) {
                findings.append(.init(range: start..<end, kind: .key))
            }
            index = end
        }
        return findings
    }

    /// Where in a run of signs a key begins; it may have letters right before it, of an escape such as `\n`.
    private static func key(in run: ArraySlice<UInt8>) -> Int? {
        guard run.count >= fewestSigns, let lastDigit = run.lastIndex(where: \.isDigit) else { return nil }
        for start in run.startIndex..<run.endIndex - fewestSigns where firstSigns.contains(run[start]) {
            let rest = run[start...]
            for beginning in beginnings where rest.starts(with: beginning) {
                let signs = start + beginning.count
                if run.endIndex - signs >= fewestSigns, lastDigit >= signs { return start }
            }
        }
        return mixed(run)
    }

    private static func mixed(_ run: ArraySlice<UInt8>) -> Int? {
        var start = run.startIndex
        while start < run.endIndex {
            let part = run[start...].prefix { $0.isAlphanumeric }
            if part.count >= fewestMixed, part.contains(where: \.isDigit), part.contains(where: \.isUpper),
                part.contains(where: \.isLower)
            {
                return part.startIndex
            }
            start = part.endIndex + 1
        }
        return nil
    }
}
