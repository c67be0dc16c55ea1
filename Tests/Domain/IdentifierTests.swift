import Domain
import Foundation
import Testing

/// Gives the words that it was given, again and again.
private struct Words: RandomNumberGenerator {
    let words: [UInt64]
    private var index = 0

    init(_ words: UInt64...) {
        self.words = words
    }

    mutating func next() -> UInt64 {
        defer { index += 1 }
        return words[index % words.count]
    }
}

@Suite("An identifier")
struct IdentifierTests {
    private static let alphabet = Set("0123456789abcdefghjkmnpqrstvwxyz")

    private static func id(_ words: UInt64...) -> DiscussionID {
        var generator = Words(words[0], words[1])
        return .random(using: &generator)
    }

    @Test("is 26 letters and digits of Crockford's alphabet, in lower case")
    func form() {
        for _ in 0..<1_000 {
            let id = DiscussionID.random().rawValue
            #expect(id.count == 26)
            #expect(Set(id).isSubset(of: Self.alphabet))
        }
    }

    @Test("is another one every time")
    func random() {
        #expect(Set((0..<10_000).map { _ in MessageID.random() }).count == 10_000)
    }

    @Test("is the same from the same generator")
    func seeded() {
        let first = Self.id(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210)
        #expect(first == Self.id(0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210))
        #expect(Self.id(0, 0).rawValue == String(repeating: "0", count: 26))
        #expect(first != Self.id(0xFEDC_BA98_7654_3210, 0x0123_4567_89AB_CDEF))
    }

    @Test("holds all 128 bits of the generator")
    func bits() {
        let flipped = (0..<64).flatMap { bit in [Self.id(1 << bit, 0), Self.id(0, 1 << bit)] }
        #expect(Set(flipped + [Self.id(0, 0)]).count == 129)
    }

    @Test("is a plain string in JSON")
    func json() throws {
        let id = DiscussionID.random()
        let json = try JSONEncoder().encode([id])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(id)\"]")
        #expect(try JSONDecoder().decode([DiscussionID].self, from: json) == [id])
    }
}

@Suite("A command's id")
struct CommandIDTests {
    @Test(
        "may be 1 to 128 visible ASCII characters",
        arguments: ["a", "~!", "7f3c9e0a-5d1b-4a5e-9b7f-0d6c1b2a3f4e", String(repeating: "x", count: 128)]
    )
    func taken(id: String) {
        #expect(Command.isValid(id: id))
    }

    @Test(
        "may not be empty, longer, or hold blanks, controls or other scripts",
        arguments: ["", " ", "a b", "a\n", "a\0", "é", "\u{7F}", String(repeating: "x", count: 129)]
    )
    func refused(id: String) {
        #expect(!Command.isValid(id: id))
    }
}
