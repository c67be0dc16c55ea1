import TestSupport
import Testing

@testable import Scanning

@Suite("A clamd's replies under fuzzed input")
struct ClamdReplyFuzz {
    @Test("never make a file clean but by the one reply that says so")
    func verdicts() async throws {
        try await Fuzz("clamd").run { input in
            let reply = input.text
            for isWhole in [true, false] {
                let verdict = try? ClamdReply.verdict(reply, isWhole: isWhole)
                try Fuzz.expect(
                    verdict != .clean || (isWhole && reply == "stream: OK"),
                    "clean by \(reply.debugDescription)"
                )
                guard case .infected(let name)? = verdict else { continue }
                try Fuzz.expect(
                    !name.unicodeScalars.contains { $0.value < 0x20 },
                    "a control character in a name"
                )
            }
            _ = try? ClamdReply.signatures(reply)
        }
    }
}
