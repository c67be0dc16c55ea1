import Providers
import TestSupport
import Testing

@Suite("The event stream parser under random input")
struct SSEParserFuzz {
    @Test("reads back what a random writer wrote, in random pieces", arguments: 0..<20)
    func roundTrip(block: UInt64) throws {
        for seed in (block * 100)..<(block * 100 + 100) {
            var random = SeededRandom(seed: seed)
            let events = (0..<Int.random(in: 0...8, using: &random)).map { _ in Self.event(&random) }
            let bytes = Self.encode(events, &random)
            #expect(try parse(Self.chop(bytes, &random)) == events, "seed \(seed)")
        }
    }

    @Test("survives any bytes, and finds the same in one piece and in many", arguments: 0..<10)
    func noise(block: UInt64) throws {
        let alphabet = Array("data:event \r\n\u{FEFF}é{}".utf8) + [0x00, 0xFF, 0xE2]
        for seed in (block * 100)..<(block * 100 + 100) {
            var random = SeededRandom(seed: seed)
            let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            #expect(try parse(Self.chop(bytes, &random)) == parse([bytes]), "seed \(seed)")
        }
    }

    private static func event(_ random: inout SeededRandom) -> ServerSentEvent {
        let alphabet: [Character] = [
            "a", " ", ":", "é", "€", "𝄞", "👩‍👩‍👧", "{", "\"", "\u{FEFF}", "\0", "\u{2028}",
        ]
        let lines = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? "a"
                }
            )
        }
        let type = Bool.random(using: &random) ? "message" : "ping"
        return ServerSentEvent(type: type, data: lines.joined(separator: "\n"))
    }

    /// Writes events as any writer may: any line end, comments and unknown fields in between.
    private static func encode(_ events: [ServerSentEvent], _ random: inout SeededRandom) -> [UInt8] {
        var text = Bool.random(using: &random) ? "\u{FEFF}" : ""
        func end(_ line: String, _ random: inout SeededRandom) {
            // A CR before an empty line that ends in LF would be one line end, not two.
            let mayBeLineFeed = !(line.isEmpty && text.unicodeScalars.last == "\r")
            let ends = mayBeLineFeed ? ["\n", "\r\n", "\r"] : ["\r\n", "\r"]
            // By scalars: "\r" + "\n" would join into one Character.
            text.unicodeScalars.append(contentsOf: line.unicodeScalars)
            text.unicodeScalars.append(
                contentsOf: (ends.randomElement(using: &random) ?? "\n").unicodeScalars
            )
        }
        for event in events {
            for extra in [": comment", "id: 7", "retry: 10", "other"]
            where Int.random(in: 0..<4, using: &random) == 0 {
                end(extra, &random)
            }
            if event.type != "message" { end("event: \(event.type)", &random) }
            for line in event.data.split(separator: "\n", omittingEmptySubsequences: false) {
                let space = line.first == " " || Bool.random(using: &random) ? " " : ""
                end("data:\(space)\(line)", &random)
            }
            end("", &random)
        }
        return Array(text.utf8)
    }

    private static func chop(_ bytes: [UInt8], _ random: inout SeededRandom) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = Int.random(in: 1...12, using: &random)
            pieces.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return pieces
    }
}
