import Domain
import Testing

@testable import Store

@Suite("What a person searches for")
struct SearchWordsTests {
    private static let person = PersonID(rawValue: "p")

    static let understood: [(String, String)] = [
        ("drill", #""drill"*"#),
        ("town library", #""town" AND "library"*"#),
        ("drill ", #""drill"*"#),
        (#""lend tools""#, #""lend tools""#),
        (#""lend tools" now"#, #""lend tools" AND "now"*"#),
        (#"now "lend tools""#, #""now" AND "lend tools""#),
        (#"an "open quotation"#, #""an" AND "open quotation"*"#),
        ("\u{201E}lend tools\u{201D}", #""lend tools""#),
        ("a b", #""a" AND "b""#),
        ("drill?!", #""drill?!""#),
        ("C++ and", #""C++" AND "and"*"#),
        ("-- drill --", #""drill""#),
        ("owner:x OR NEAR(a b, 2)", #""owner:x" AND "OR" AND "NEAR(a" AND "b," AND "2)""#),
        ("dri* ^ll {a}", #""dri*" AND "^ll" AND "{a}""#),
        ("東", #""東"*"#),
        ("a\0b", #""a" AND "b""#),
        ("हिन्दी", #""हिन्दी"*"#),
    ]

    @Test(arguments: understood)
    func `becomes words that must all be there, quoted ones side by side`(text: String, query: String) throws
    {
        let words = try #require(SearchWords(text))
        #expect(words.query(of: Self.person) == "owner:\"p\" AND body:(\(query))")
    }

    @Test(arguments: ["", "  ", "?!", "\"\"", "\" \"", "…", "\u{1F98A}", "\0", "\"*\" - ^", "\u{301}"])
    func `is nothing where there is no letter and no digit`(text: String) {
        #expect(SearchWords(text) == nil)
    }

    @Test func `is cut after so many characters and words`() throws {
        let words = try #require(SearchWords(String(repeating: "ab ", count: 2_000)))
        #expect(words.phrases.count == SearchWords.mostWords)
        #expect(!words.lastIsPrefix)
        let long = try #require(SearchWords(String(repeating: "a", count: 5_000)))
        #expect(long.phrases.map(\.count) == [SearchWords.longest])
    }

    @Test func `cannot name another owner`() {
        let stranger = PersonID(rawValue: #"x" OR owner:"p"#)
        let words = SearchWords("a")
        #expect(words?.query(of: stranger) == #"owner:"x"" OR owner:""p" AND body:("a")"#)
    }
}
