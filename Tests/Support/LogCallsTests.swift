import Foundation
import Testing

@Suite("Calls of a logger")
struct LogCallsTests {
    /// What an interpolation in one must not hold: an error, which says what it was given, and people's words.
    private static let forbidden = [
        "error", "error.localizedDescription", "error.description", ".topic", ".content", ".input", ".text",
        ".name", ".fileName",
        ".title",
        ".reveal", ".body", ".query", ".headers", ".uri", "request",
    ]

    @Test("hand errors over as errors, and interpolate neither them nor anybody's words")
    func calls() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(
                path: "Sources"
            )
        let files =
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        var count = 0
        for file in files {
            let source = try String(contentsOf: file, encoding: .utf8)
            for call in Self.calls(in: source) {
                count += 1
                for interpolation in call.matches(of: /\\\(([^()]*(?:\(\))?)\)/).map({ String($0.1) }) {
                    let words = interpolation.split { !($0.isLetter || $0.isNumber || "._".contains($0)) }
                    let isForbidden = words.contains { word in
                        Self.forbidden.contains { $0.hasPrefix(".") ? word.hasSuffix($0) : word == $0 }
                    }
                    #expect(!isForbidden, "\(file.lastPathComponent): \\(\(interpolation)) in \(call)")
                }
            }
        }
        // If it is written otherwise one day, this test must not look at nothing.
        #expect(count > 30)
    }

    /// Each call from `logger.` to its closing parenthesis.
    private static func calls(in source: String) -> [String] {
        source.ranges(of: /[lL]ogger\s*\.(?:trace|debug|info|notice|warning|error|critical|log)\(/).map {
            range in
            var depth = 1
            var end = range.upperBound
            while end < source.endIndex, depth > 0 {
                if source[end] == "(" { depth += 1 }
                if source[end] == ")" { depth -= 1 }
                end = source.index(after: end)
            }
            return String(source[range.lowerBound..<end])
        }
    }
}
