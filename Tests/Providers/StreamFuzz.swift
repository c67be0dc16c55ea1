import Domain
import TestSupport
import Testing

@testable import Providers

@Suite("Streams under fuzzed input")
struct StreamFuzz {
    @Test("are read the same in one piece and in many, and never end the process")
    func events() async throws {
        try await Fuzz("sse").run { input in
            let whole = Self.outcome([input.bytes])
            let pieces = Self.outcome(input.pieces())
            try Fuzz.expect(whole == pieces, "\(whole) in one piece, \(pieces) in many")
        }
    }

    @Test("of chunks give text or a fault, in whatever pieces they come")
    func chunks() async throws {
        try await Fuzz("sse").run { input in
            let whole = Self.said([input.bytes])
            let pieces = Self.said(input.pieces())
            try Fuzz.expect(whole == pieces, "\(whole) in one piece, \(pieces) in many")
        }
    }

    private static func outcome(_ pieces: [[UInt8]]) -> String {
        do {
            return "\(try parse(pieces))"
        } catch {
            return "\(type(of: error))"
        }
    }

    private static func said(_ pieces: [[UInt8]]) -> String {
        var decoder = ChatStreamDecoder(provider: .local, requestedModel: "scripted-1")
        var text = ""
        do {
            var parser = SSEParser()
            for piece in pieces {
                for event in try parser.feed(piece) { text += try decoder.text(from: event) ?? "" }
            }
            if let last = try parser.finish() { text += try decoder.lastText(from: last) ?? "" }
            return "\(text) \(try decoder.completion())"
        } catch {
            return "\(text) \(error)"
        }
    }
}
