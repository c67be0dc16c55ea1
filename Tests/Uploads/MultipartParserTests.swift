import TestSupport
import Testing

@testable import Uploads

@Suite("A multipart form")
struct MultipartParserTests {
    private static let usual =
        "--XX\r\nContent-Disposition: form-data; name=\"topic\"\r\n\r\nWhy?\r\n"
        + "--XX\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.txt\"\r\n"
        + "Content-Type: text/plain\r\n\r\nline\r\n--X\r\n-\r\n\r\n\r\n--XX--\r\n"
    private static let parts = [
        ParsedPart(name: "topic", content: Array("Why?".utf8)),
        ParsedPart(name: "files", fileName: "a.txt", content: Array("line\r\n--X\r\n-\r\n\r\n".utf8)),
    ]

    @Test("is its parts")
    func whole() throws {
        #expect(try parse(Self.usual) == Self.parts)
    }

    @Test("is the same wherever it is split, in two and byte by byte")
    func split() throws {
        let bytes = Array(Self.usual.utf8)
        for place in bytes.indices {
            #expect(try parse([Array(bytes[..<place]), Array(bytes[place...])]) == Self.parts)
        }
        #expect(try parse(bytes.map { [$0] }) == Self.parts)
    }

    @Test("that is full of what only begins like a boundary is one piece of content for each that is fed")
    func falseBoundaries() throws {
        var parser = MultipartParser(boundary: "XX")
        _ = try parser.feed(Array("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8))
        let flood = Array(String(repeating: "\r\n--XXb", count: 8_000).utf8)
        var content: [UInt8] = []
        for _ in 0..<3 {
            let events = try parser.feed(flood)
            #expect(events.count == 1)
            for case .content(let bytes) in events { content += bytes }
        }
        #expect(content == flood + flood + flood)
    }

    @Test("is what was put together, whatever its content and however it arrives")
    func random() throws {
        var chance = SeededRandom(seed: 7)
        // What a boundary is made of, more often than chance would have it.
        let pieces: [[UInt8]] = [
            "\r", "\n", "\r\n", "--", "-", "XX", "\r\n--X", "\r\n--XY", "\r\r\n-", "a", "\0",
        ]
        .map { Array($0.utf8) }
        for _ in 0..<500 {
            let parts = (0..<Int.random(in: 0...4, using: &chance)).map { number in
                var content: [UInt8] = []
                for _ in 0..<Int.random(in: 0...30, using: &chance) {
                    content += pieces.randomElement(using: &chance) ?? []
                }
                // A browser chooses another boundary where the content has this one.
                while let place = find("\r\n--XX", in: [13, 10] + content) {
                    content.remove(at: max(0, place - 2))
                }
                let isFile = Bool.random(using: &chance)
                return ParsedPart(
                    name: "n\(number)",
                    fileName: isFile ? "f\"\r\n\(number)" : nil,
                    content: content
                )
            }
            let bytes = form(parts)
            var rest = bytes[...]
            var split: [[UInt8]] = []
            while !rest.isEmpty {
                let length = Int.random(in: 1...9, using: &chance)
                split.append(Array(rest.prefix(length)))
                rest = rest.dropFirst(length)
            }
            guard !parts.isEmpty else { continue }
            #expect(try parse(split) == parts)
        }
    }

    @Test("that was damaged is parts or a fault, and never a crash")
    func damaged() {
        var chance = SeededRandom(seed: 11)
        var faults = 0
        for _ in 0..<1_500 {
            var bytes = Array(Self.usual.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &chance) {
                let place = Int.random(in: bytes.indices, using: &chance)
                switch Int.random(in: 0...2, using: &chance) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &chance)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: Array("\r\n--XX".utf8), at: place)
                }
            }
            do { _ = try parse(bytes.map { [$0] }) } catch { faults += 1 }
        }
        #expect(faults > 300)
    }

    @Test("has a boundary only where its line ends, or two hyphens follow")
    func longerBoundary() throws {
        let text =
            "--XX \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XXY\r\n2\r\n--XX-\r\n3\r\n--XX--and more"
        #expect(try parse(text).map(\.text) == ["1\r\n--XXY\r\n2\r\n--XX-\r\n3"])
    }

    @Test(
        "names its files as browsers do",
        arguments: [
            (#"filename="a b.txt""#, "a b.txt"),
            (#"filename="say %22hi%22%0D%0A.txt""#, "say \"hi\"\r\n.txt"),
            (#"filename="100%25.txt""#, "100%25.txt"), (#"filename="a\"b\\c.txt""#, "a\"b\\c.txt"),
            (#"filename="C:\dir\a.txt""#, "C:\\dir\\a.txt"), (#"filename=plain.txt"#, "plain.txt"),
            (#"filename="na.txt"; filename*=UTF-8''na%C3%AFve.txt"#, "naïve.txt"),
            (#"filename*=utf-8'en'%E2%82%AC.txt; filename="x""#, "€.txt"),
            (#"filename="x"; filename*=latin1''%E9"#, "x"), (#"filename="x"; filename*=UTF-8''%+1"#, "x"),
            (#"filename="Ärger 👩‍🚀.txt""#, "Ärger 👩‍🚀.txt"), (#"filename="a;b.txt""#, "a;b.txt"),
            (#"filename="""#, ""),
        ]
    )
    func fileNames(parameter: String, name: String) throws {
        let text = "--XX\r\ncontent-disposition:form-data; name=\"f\" ; \(parameter)\r\n\r\n\r\n--XX--"
        #expect(try parse(text) == [ParsedPart(name: "f", fileName: name)])
    }

    @Test(
        "that no browser would write is refused",
        arguments: [
            "", "--XX", "--XX--", "--XX\r\n\r\n\r\n--XX--", "--XX\r\nX: y\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\n\r\n--XX--",
            "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nno end\r\n--X",
        ]
    )
    func refused(text: String) {
        // A form without any part is one, if an odd one.
        guard text != "--XX--" else { return }
        #expect(throws: MultipartFault.self) { try parse(text) }
    }

    @Test("is held to each of its limits")
    func limits() throws {
        var limits = MultipartParser.Limits()
        (limits.parts, limits.head, limits.name, limits.preamble, limits.headLines) = (2, 100, 5, 10, 2)
        func part(_ name: String, _ more: String = "") -> String {
            "--XX\r\nContent-Disposition: form-data; name=\(name)\(more)\r\n\r\n\r\n"
        }
        #expect(try parse(part("a") + part("b") + "--XX--", limits: limits).count == 2)
        #expect(throws: MultipartFault.tooManyParts(2)) {
            try parse(part("a") + part("b") + part("c") + "--XX--", limits: limits)
        }
        #expect(throws: MultipartFault.nameTooLong(5)) {
            try parse(part("abcdef") + "--XX--", limits: limits)
        }
        #expect(throws: MultipartFault.headTooLong(100)) {
            try parse(part("a", "\r\nX: " + String(repeating: "y", count: 100)) + "--XX--", limits: limits)
        }
        #expect(throws: MultipartFault.headTooLong(2)) {
            try parse(part("a", "\r\nX: y\r\nX: z") + "--XX--", limits: limits)
        }
        #expect(throws: MultipartFault.self) {
            try parse(String(repeating: " ", count: 11) + "\r\n" + part("a") + "--XX--", limits: limits)
        }
    }

    @Test("holds no more than may be the beginning of a boundary, or a head")
    func memory() throws {
        var parser = MultipartParser(boundary: "XX")
        _ = try parser.feed(Array("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n".utf8))
        var content = 0
        for _ in 0..<100 {
            for event in try parser.feed([UInt8](repeating: 13, count: 65_536)) {
                if case .content(let bytes) = event { content += bytes.count }
            }
        }
        #expect(6_553_600 - content < 8)
    }

    @Test(
        "names its boundary in its type",
        arguments: [
            ("multipart/form-data; boundary=abc", "abc"), ("Multipart/Form-Data;boundary=\"a b\"", "a b"),
            (
                "multipart/form-data; charset=utf-8; BOUNDARY=----WebKitFormBoundary7Ab",
                "----WebKitFormBoundary7Ab"
            ),
            ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil),
            ("multipart/form-data; boundary=a; boundary=b", nil), ("multipart/mixed; boundary=a", nil),
            ("multipart/form-data; boundary=\"a\r\nb\"", nil),
            ("multipart/form-data; boundary=" + String(repeating: "a", count: 71), nil),
        ]
    )
    func boundary(type: String, boundary: String?) {
        #expect(Boundary.find(inContentType: type) == boundary)
    }

    private func find(_ text: String, in bytes: [UInt8]) -> Int? {
        let wanted = Array(text.utf8)
        return bytes.indices.first { bytes[$0...].starts(with: wanted) }
    }
}
