import Foundation
import Support
import Testing

@Suite("The example of a .env file")
struct EnvExampleTests {
    private let lines: [String]

    init() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        lines = try String(contentsOf: root.appending(path: ".env.example"), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The settings that are shown: a line `#NAME=default` each.
    private var shown: [String] {
        lines.filter { $0.wholeMatch(of: /#[A-Z][A-Z0-9_]*=.*/) != nil }.map { String($0.dropFirst()) }
    }

    @Test("lists exactly the settings that are read, each once, with their defaults")
    func complete() throws {
        let (_, entries) = try readSettings()
        let known = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.fallback) })
        #expect(shown.count == known.count)
        #expect(DotEnv.parse(shown.joined(separator: "\n")) == known)
    }

    @Test("changes nothing when it is copied, and nothing when its lines are switched on")
    func harmless() throws {
        #expect(DotEnv.parse(lines.joined(separator: "\n")).isEmpty)
        let (_, entries) = try readSettings(file: DotEnv.parse(shown.joined(separator: "\n")))
        #expect(entries.allSatisfy { $0.shown == $0.fallback })
    }

    @Test("explains every setting in the line before it")
    func explained() {
        for (line, before) in zip(lines.dropFirst(), lines) where shown.contains(String(line.dropFirst())) {
            #expect(before.hasPrefix("# ") && before.hasSuffix("."), "\(line)")
        }
    }
}
