import Domain
import Foundation
import Logging
import Support
import Synchronization
import Testing

@Suite("The log")
struct LogTests {
    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])
        var all: [String] { kept.withLock { $0 } }
        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    private let lines = Lines()

    private func logger(_ format: RedactingLogHandler.Format, secrets: [Secret] = []) -> Logger {
        RedactingLogHandler(
            format: format,
            secrets: secrets,
            now: { Date(timeIntervalSince1970: 1_800_000_000.25) },
            write: { [lines] in lines.add($0) }
        ).logger(level: .trace)
    }

    private enum Leaky: Error {
        case plain
        case telling(String)
    }

    private struct Talkative: Error, CustomStringConvertible {
        let description = "CANARY"
    }

    private struct Discreet: LoggedError, CustomStringConvertible {
        let description = "42 of them"
    }

    @Test("is a line of text that people can read")
    func text() {
        logger(.text).info("request", metadata: ["method": "GET", "path": "/a b", "n": ["1", "2"], "e": ""])
        #expect(
            lines.all == [
                "2027-01-15T08:00:00.250Z info     request e=\"\" method=GET n=\"[\\\"1\\\",\\\"2\\\"]\" path=\"/a b\"\n"
            ]
        )
    }

    @Test("is a line of JSON that programs can read")
    func json() throws {
        RequestID.$current.withValue("0f8fad5b") {
            logger(.json).error("broken \"x\"", error: Discreet(), metadata: ["a": ["b": "c\nd"]])
        }
        #expect(
            lines.all == [
                #"{"at":"2027-01-15T08:00:00.250Z","level":"error","message":"broken \"x\"","source":"SupportTests","#
                    + #""request":"0f8fad5b","error":"42 of them","data":{"a":{"b":"c\nd"}}}"# + "\n"
            ]
        )
        #expect(try JSONSerialization.jsonObject(with: Data(lines.all[0].utf8)) is [String: Any])
    }

    @Test(
        "tells of an error only its type, unless the error is known to hold no words",
        arguments: ["text", "json"]
    )
    func errors(format: String) throws {
        let logger = logger(try #require(.init(rawValue: format)))
        logger.error("1", error: Leaky.telling("CANARY"))
        logger.error("2", error: Talkative())
        logger.error("3", error: Leaky.plain)
        logger.error(
            "4",
            error: DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "CANARY"))
        )
        logger.error("5", error: CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: "CANARY"]))
        logger.error("6", error: Discreet())
        #expect(!lines.all.joined().contains("CANARY"))
        for (line, words) in zip(
            lines.all,
            [
                "Leaky.telling", "Talkative", "Leaky.plain", "DecodingError.dataCorrupted", "CocoaError",
                "42 of them",
            ]
        ) {
            #expect(line.contains(words), "\(line)")
        }
    }

    @Test("redacts in messages, values, names, nested values and what stands under a secret's name")
    func redaction() {
        let key = "gsk_8f3kD02hfSkeo29fkslW93kdjf82hHs9"
        for format in RedactingLogHandler.Format.allCases {
            var logger = logger(format, secrets: [Secret("purple-monkey")])
            logger[metadataKey: "own"] = "\(key)"
            logger.warning(
                "with \(key) and purple-monkey",
                metadata: [
                    "a": "\(key)", "password": "CANARY", "\(key)": "x", "card": "4111111111111111",
                    "deep": ["list": ["\(key)", ["cookie": "CANARY", "mail": "anna@house.example"]]],
                    "api_key": ["any": ["CANARY", ["CANARY"]]], "object": .stringConvertible(Talkative2()),
                    "session": .stringConvertible(12345),
                ]
            )
        }
        #expect(lines.all.count == 2)
        for secret in [key, "purple-monkey", "CANARY", "4111111111111111", "anna", "12345"] {
            #expect(!lines.all.joined().contains(secret), "\(secret): \(lines.all)")
        }
    }

    private struct Talkative2: CustomStringConvertible {
        let description = "password=CANARY"
    }

    @Test(
        "is one line per event whatever is in it, without a control character",
        arguments: ["text", "json"]
    )
    func oneLine(format: String) throws {
        let nasty = "a\nb\r\nc\u{0}\u{1B}[2J\u{7F}\u{85}\u{2028}\u{2029}\u{202E}\u{200B}\u{FEFF}d\u{8}"
        logger(try #require(.init(rawValue: format)))
            .info("\(nasty)", error: nil, metadata: ["x": "\(nasty)", "\(nasty)": ["\(nasty)"]])
        let line = try #require(lines.all.first)
        #expect(line.unicodeScalars.filter { $0 == "\n" }.count == 1 && line.hasSuffix("\n"))
        let bad = line.dropLast().unicodeScalars.filter {
            [.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        #expect(bad.isEmpty)
        if format == "json" {
            let read = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            )
            #expect((read["message"] as? String)?.unicodeScalars.elementsEqual(nasty.unicodeScalars) == true)
        }
    }

    @Test("keeps a line short, and cuts no key in half", arguments: ["text", "json"])
    func long(format: String) throws {
        let key = "gsk_8f3kD02hfSkeo29fkslW93kdjf82hHs9"
        let logger = logger(try #require(.init(rawValue: format)))
        for shift in 0..<40 {
            let text = String(repeating: "x ", count: 8_170) + String(repeating: ".", count: shift) + key
            logger.info("m", metadata: ["a": "\(text)", "b": "\(text)"])
        }
        logger.info("\(String(repeating: "y", count: 1 << 20))")
        #expect(lines.all.count == 41)
        for line in lines.all {
            #expect(line.utf8.count < 17_000)
            #expect(!line.contains("gsk_"))
        }
        #expect(lines.all[40].contains("more bytes›"))
    }

    @Test("shows of private words only how many they are")
    func privateWords() {
        struct Holder { let words = Private("CANARY in a cage") }
        let words = Private("CANARY in a cage")
        var output =
            "\(words) \(String(describing: words)) \(String(reflecting: words)) \([words]) \(Holder())"
        dump(words, to: &output)
        dump(Holder(), to: &output)
        print(words, Optional(words) as Any, Private("x"), to: &output)
        debugPrint(words, to: &output)
        output += "\(Mirror(reflecting: words).children.map { "\($0)" })"
        #expect(!output.contains("CANARY"))
        #expect(output.contains("‹16 characters›") && output.contains("‹1 character›"))
        #expect(words.reveal() == "CANARY in a cage")
        logger(.text).info("said \(words)", metadata: ["x": "\(words)", "y": .stringConvertible(words)])
        #expect(!lines.all.joined().contains("CANARY"))
    }

    @Test("takes only nginx's ids for a request's")
    func requestIDs() {
        #expect(RequestID.checked("0f8fad5bd9cb469fa16570867728950e") == "0f8fad5bd9cb469fa16570867728950e")
        for id in [nil, "", "a b", "a\nb", String(repeating: "a", count: 65), "é"] {
            #expect(RequestID.checked(id) == nil)
        }
    }
}
