import Testing

@testable import Uploads

@Suite("The name of a file")
struct FileNameTests {
    @Test(
        "is what can be shown of what was sent",
        arguments: [
            ("report.pdf", "report.pdf"), ("../../etc/passwd", "passwd"), ("C:\\Users\\me\\a.txt", "a.txt"),
            ("a\0.txt\0", ".txt"), ("..", "file"), ("", "file"), (" . ", "file"), ("/", "file"),
            (".env", "env"),
            ("a\r\nSet-Cookie: x\u{7}.txt", "aSet-Cookie: x.txt"),
            ("invoice\u{202E}fdp.exe", "invoicefdp.exe"),
            ("a\u{2066}b\u{200F}c\u{FEFF}.txt", "abc.txt"), ("a\u{2028}b", "ab"),
            ("Ärger 👩‍🚀.txt", "Ärger 👩‍🚀.txt"),
            ("<script>.html", "<script>.html"), ("a\u{E000}b", "ab"), ("one\u{A0}two", "one two"),
        ]
    )
    func shown(sent: String, name: String) {
        // The dot that a hidden file begins with goes; what is left of "a\0.txt" is its last part.
        #expect(FileName.shown(sent) == (name == ".txt" ? "txt" : name))
    }

    @Test("is cut in its middle, so that its ending stays")
    func long() {
        let name = FileName.shown(String(repeating: "x", count: 300) + ".pdf")
        #expect(name.unicodeScalars.count == FileName.longest)
        #expect(name.hasSuffix("….pdf") == false && name.hasSuffix(".pdf") && name.contains("…"))
        // Marks on one letter count too.
        #expect(FileName.shown("a" + String(repeating: "\u{301}", count: 5_000)).unicodeScalars.count <= 120)
    }

    @Test("is saved under by browsers, with nothing in it that ends the header or its quotes")
    func attachment() {
        #expect(
            FileName.attachment("Ärger \"100%\"; x\\.pdf")
                == "attachment; filename=\"_rger _100__; x_.pdf\"; "
                + "filename*=UTF-8''%C3%84rger%20%22100%25%22%3B%20x%5C.pdf"
        )
        #expect(FileName.attachment("a\r\nb").contains("\r") == false)
    }
}
