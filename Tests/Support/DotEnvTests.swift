import Foundation
import Support
import Testing

@Suite("A .env file")
struct DotEnvTests {
    @Test(
        "is read as people write it",
        arguments: [
            ("KEY=abc", "abc"),
            ("KEY=\"abc\"", "abc"),
            ("KEY='abc'", "abc"),
            ("KEY=\"a b\"", "a b"),
            ("KEY=a b", "a b"),
            ("  KEY  =  abc  ", "abc"),
            ("\tKEY\t=\tabc\t", "abc"),
            ("export KEY=abc", "abc"),
            ("export  KEY='abc'", "abc"),
            ("KEY=abc # a comment", "abc"),
            ("KEY=abc\t# a comment", "abc"),
            ("KEY=\"abc\" # a comment", "abc"),
            ("KEY=\"a # b\"", "a # b"),
            ("KEY='a # b' # c", "a # b"),
            ("KEY=a#b", "a#b"),
            ("KEY=#b", ""),
            ("KEY= # b", ""),
            ("KEY=", ""),
            ("KEY=\"\"", ""),
            ("KEY=a=b==", "a=b=="),
            ("KEY=\"a=b\"", "a=b"),
            ("KEY=it's", "it's"),
            ("KEY=\"it's\"", "it's"),
            ("KEY=\"", "\""),
            ("KEY=äöü👋", "äöü👋"),
        ]
    )
    func line(line: String, value: String) {
        #expect(DotEnv.parse(line) == ["KEY": value])
    }

    @Test(
        "has lines that are no assignment, and they are passed over",
        arguments: ["", "   ", "# KEY=abc", "   # KEY=abc", "#KEY=abc", "KEY", "=abc", "export", "\n\n"]
    )
    func noAssignment(line: String) {
        #expect(DotEnv.parse(line) == [:])
    }

    @Test("may have any line ends, and the last assignment of a name wins")
    func lines() {
        let text = "ONE=1\r\n\r\n# TWO=no\r\nTWO=2\n\nexport THREE=3\nONE=4"
        #expect(DotEnv.parse(text) == ["ONE": "4", "TWO": "2", "THREE": "3"])
    }

    @Test("need not be there")
    func missing() throws {
        #expect(try DotEnv.read(path: "/nonexistent/.env") == [:])
    }

    @Test("is read from its path")
    func file() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).env").path
        try Data("KEY='abc'\n".utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try DotEnv.read(path: path) == ["KEY": "abc"])
    }
}
