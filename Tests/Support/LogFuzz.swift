import Foundation
import Logging
import Support
import Synchronization
import TestSupport
import Testing

@Suite("The log under fuzzed input")
struct LogFuzz {
    private final class Last: Sendable {
        let line = Mutex("")
    }

    @Test(
        "is one line without control characters, and JSON where it is to be"
    )
    func lines() async throws {
        let last = Last()
        func logger(_ format: RedactingLogHandler.Format) -> Logger {
            RedactingLogHandler(
                format: format,
                secrets: [Secret("hunter2")],
                write: { line in last.line.withLock { $0 = line } }
            ).logger(level: .trace)
        }
        let (text, json) = (logger(.text), logger(.json))
        try await Fuzz("log").run { input in
            let words = input.text
            text.info("\(words)", metadata: ["a": "\(words)", "b": ["\(words)": "\(words)"]])
            let line = last.line.withLock { $0 }
            let scalars = line.unicodeScalars.dropLast()
            try Fuzz.expect(
                line.hasSuffix("\n") && !scalars.contains { $0.value < 0x20 },
                "a control character"
            )
            try Fuzz.expect(!line.contains("hunter2"), "a secret")
            json.info("\(words)", metadata: ["a": "\(words)", "b": ["\(words)": ["\(words)"]]])
            let object = Data(last.line.withLock { $0 }.utf8)
            try Fuzz.expect(
                (try? JSONSerialization.jsonObject(with: object)) is [String: Any],
                "no JSON object"
            )
        }
    }
}
