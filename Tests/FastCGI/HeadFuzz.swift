import TestSupport
import Testing

@testable import FastCGI

@Suite("Heads of requests under fuzzed input")
struct HeadFuzz {
    @Test("end where the parameters end, however they arrive, and libfcgi reads what the scanner has passed")
    func heads() async throws {
        let feed = HeadFeed()
        try await Fuzz("head").run { input in
            let whole = Self.outcome([input.bytes])
            let pieces = Self.outcome(input.pieces())
            try Fuzz.expect(
                whole.words == pieces.words,
                "\(whole.words) in one piece, \(pieces.words) in many"
            )
            guard let head = whole.head else { return }
            try Fuzz.expect(head.length <= input.bytes.count, "a head of \(head.length) bytes")
            // This is what must never end the process.
            input.bytes.prefix(head.length).withUnsafeBytes { _ = feed.parse($0, connection: -1) }
        }
    }

    private static func outcome(_ pieces: [[UInt8]]) -> (words: String, head: HeadScanner.Head?) {
        var scanner = HeadScanner(limit: 4_096)
        var received: [UInt8] = []
        do {
            for piece in pieces {
                received += piece
                if let head = try received.withUnsafeBytes({ bytes throws(ProtocolFault) in
                    try scanner.scan(bytes)
                }) {
                    return ("\(head)", head)
                }
            }
            return ("incomplete", nil)
        } catch {
            return ("\(error)", nil)
        }
    }
}
