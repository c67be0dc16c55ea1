import Providers
import Testing

@Suite("The event stream parser")
struct SSEParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let stream: String
        let events: [ServerSentEvent]
        var testDescription: String { name }

        init(_ name: String, _ stream: String, _ data: String...) {
            self.init(name, stream, events: data.map { ServerSentEvent(data: $0) })
        }

        init(_ name: String, _ stream: String, events: [ServerSentEvent]) {
            (self.name, self.stream, self.events) = (name, stream, events)
        }
    }

    static let table: [Case] = [
        Case("nothing", ""),
        Case("one event", "data: a\n\n", "a"),
        Case("CRLF", "data: a\r\n\r\ndata: b\r\n\r\n", "a", "b"),
        Case("CR alone", "data: a\r\rdata: b\r\r", "a", "b"),
        Case("a mix of line ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\rdata: d\n\n", "a", "b", "c", "d"),
        Case("several lines of data with CRLF", "data: a\r\ndata: b\r\n\r\n", "a\nb"),
        Case("several lines of data", "data: a\ndata: b\ndata:\ndata: c\n\n", "a\nb\n\nc"),
        Case("only the first space is dropped", "data:  a \n\ndata:b\n\n", " a ", "b"),
        Case("a colon in the value", "data: a: b\n\n", "a: b"),
        Case("a field without a colon is an empty value", "data\n\ndata\ndata\n\n", "", "\n"),
        Case("comments", ": OPENROUTER PROCESSING\n\n:\ndata: a\n: in between\ndata: b\n\n", "a\nb"),
        Case("no data, no event", "event: ping\n\nid: 1\n\nretry: 5\n\ndata: a\n\n", "a"),
        Case("unknown fields", "dat: x\ndatum: x\nDATA: x\n data: x\ndata: a\n\n", "a"),
        Case(
            "a named event, and the name forgotten after it",
            "event: error\ndata: a\n\ndata: b\n\n",
            events: [ServerSentEvent(type: "error", data: "a"), ServerSentEvent(data: "b")]
        ),
        Case("a byte order mark at the start", "\u{FEFF}data: a\n\n", "a"),
        Case("a byte order mark later is part of the field's name", "data: a\n\n\u{FEFF}data: b\n\n", "a"),
        Case("blank lines in plenty", "\n\n\ndata: a\n\n\n\n", "a"),
        Case("no blank line at the end", "data: a\n\ndata: b\n", "a", "b"),
        Case("no line end at the end", "data: a\n\ndata: [DONE]", "a", "[DONE]"),
        Case("characters of one to four bytes", "data: aé€𝄞👩‍👩‍👧\n\n", "aé€𝄞👩‍👩‍👧"),
    ]

    @Test("reads each form of the standard", arguments: table)
    func form(_ example: Case) throws {
        #expect(try parse([Array(example.stream.utf8)]) == example.events)
    }

    @Test("finds the same events wherever the bytes are split", arguments: table)
    func splitAnywhere(_ example: Case) throws {
        let bytes = Array(example.stream.utf8)
        for cut in 0...bytes.count {
            #expect(
                try parse([Array(bytes[..<cut]), Array(bytes[cut...])]) == example.events,
                "cut at \(cut)"
            )
        }
        #expect(try parse(bytes.map { [$0] }) == example.events, "byte by byte")
    }

    @Test("shows invalid UTF-8 as replacement characters and goes on")
    func invalidUTF8() throws {
        let bytes = Array("data: a".utf8) + [0xC3, 0x28, 0xFF] + Array("\n\ndata: b\n\n".utf8)
        #expect(try parse([bytes]).map(\.data) == ["a\u{FFFD}(\u{FFFD}", "b"])
    }

    @Test("refuses a line that never ends")
    func endlessLine() {
        var parser = SSEParser(limit: 100)
        #expect(throws: SSEParser.TooLarge.self) {
            for _ in 0..<200 { _ = try parser.feed(Array("x".utf8)) }
        }
    }

    @Test("refuses an event that never ends")
    func endlessEvent() {
        var parser = SSEParser(limit: 100)
        #expect(throws: SSEParser.TooLarge.self) {
            for _ in 0..<200 { _ = try parser.feed(Array("data:\n".utf8)) }
        }
    }

    @Test("accepts a line and an event of exactly the limit")
    func atTheLimit() throws {
        var parser = SSEParser(limit: 100)
        let text = String(repeating: "x", count: 94)
        #expect(try parser.feed(Array("data: \(text)\n\n".utf8)) == [ServerSentEvent(data: text)])
    }
}

/// All events of a stream that comes in these pieces.
func parse(_ pieces: [[UInt8]]) throws -> [ServerSentEvent] {
    var parser = SSEParser()
    var events: [ServerSentEvent] = []
    for piece in pieces { events += try parser.feed(piece) }
    if let last = try parser.finish() { events.append(last) }
    return events
}
