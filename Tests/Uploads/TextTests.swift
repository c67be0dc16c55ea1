import Domain
import Doubles
import Foundation
import Testing

@testable import Uploads

@Suite("The text of a file", .timeLimit(.minutes(5)))
struct TextTests {
    @Test("is kept whole while it is short, with one kind of line end and no mark before it")
    func short() async throws {
        try await receiving { receiving in
            let new = try await receiving.accept(("a.txt", Array("\u{FEFF}one\r\ntwo €".utf8)))[0]
            #expect(new.text == "one\ntwo €")
            #expect((new.file.reading, new.file.characters, new.file.kept) == (.whole, 9, 9))
        }
    }

    @Test("is cut at a scalar where it is long, and says how long it was")
    func long() async throws {
        var limits = UploadLimits()
        limits.keptText = 10
        try await receiving(limits: limits) { receiving in
            let new = try await receiving.accept(("a.txt", Array(String(repeating: "€", count: 1_000).utf8)))[
                0
            ]
            #expect(new.text == "€€€")
            #expect((new.file.reading, new.file.characters, new.file.kept) == (.beginning, 1_000, 3))
        }
    }

    @Test("of a PDF is that of all its pages, in their order")
    func pdf() async throws {
        try await receiving { receiving in
            let pages = (1...25).map { "Page number \($0)." }
            let new = try await receiving.accept(("a.pdf", Sample.pdf(pages)))[0]
            #expect((new.file.reading, new.file.pages, new.file.pagesRead) == (.whole, 25, 25))
            #expect(
                new.text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isEmpty } == pages
            )
        }
    }

    @Test("of a long PDF is its beginning; pages beyond what is kept are not even read")
    func longPDF() async throws {
        var limits = UploadLimits()
        limits.keptText = 100
        try await receiving(limits: limits) { receiving in
            let new = try await receiving.accept(
                ("a.pdf", Sample.pdf((1...50).map { "Page number \($0)." }))
            )[0]
            #expect((new.file.reading, new.file.pages, new.file.pagesRead) == (.beginning, 50, 10))
            #expect(new.text.utf8.count == 100)
        }
    }

    @Test("of a PDF without text is none, and it says so")
    func scan() async throws {
        try await receiving { receiving in
            let new = try await receiving.accept(("a.pdf", Sample.pdf(["", ""])))[0]
            #expect((new.file.reading, new.file.pages, new.text) == (.noText, 2, ""))
        }
    }

    @Test("of a PDF with a password is none, and it says so")
    func locked() async throws {
        try await receiving { receiving in
            let new = try await receiving.accept(("a.pdf", Sample.pdf(["Hidden"], encrypted: true)))[0]
            #expect((new.file.reading, new.file.pages, new.text) == (.encrypted, nil, ""))
        }
    }

    @Test("of what only begins like a PDF is none, and it says so")
    func broken() async throws {
        try await receiving { receiving in
            let new = try await receiving.accept(("a.pdf", Array("%PDF-1.7\nnothing".utf8)))[0]
            #expect((new.file.reading, new.text) == (.unreadable, ""))
        }
    }

    @Test("of a PDF has the number of pages that the reader counts, whatever its title says")
    func titled() throws {
        #expect(
            PDFText.pageCount("Title:  a\nPages: 9000000000\nProducer: x\nPages:           2\nEncrypted: no")
                == 2
        )
        #expect(PDFText.pageCount("Pages: 2000000000\n") == 100_000)
        #expect(PDFText.pageCount("Pages: 0\n") == nil)
        #expect(PDFText.pageCount("Title: a\n") == nil)
    }

    @Test("of a PDF whose title claims pages of its own is that of its pages")
    func titledPDF() async throws {
        try await receiving { receiving in
            let content = Sample.pdf(["Hello"], title: "a\\nPages: 9000000000")
            let new = try await receiving.accept(("a.pdf", content))[0]
            #expect((new.file.reading, new.file.pages, new.file.pagesRead) == (.whole, 1, 1))
        }
    }

    @Test("cannot be read without its programs, which is no file's fault")
    func missingPrograms() throws {
        #expect(ReadingTools.missing() == [])
        #expect(ReadingTools.missing(in: ["/nowhere"]) == ["setpriv", "prlimit", "pdfinfo", "pdftotext"])
        let input = open("/dev/null", O_RDONLY)
        defer { close(input) }
        #expect(throws: ToolMissing.self) { try BoundedChild.run(["no-such-program"], input: input, .init()) }
        #expect(throws: ToolMissing.self) {
            try BoundedChild.run(["sh", "-c", "echo prlimit: failed; exit 1"], input: input, .init())
        }
        #expect(try BoundedChild.run(["sh", "-c", "exit 99"], input: input, .init()).status == 99)
    }

    @Test("is read by programs that can neither write to it nor gain rights")
    func confined() throws {
        let path = NSTemporaryDirectory() + "parley-input-" + UUID().uuidString
        let input = open(path, O_RDWR | O_CREAT, 0o600)
        defer { close(input) }
        defer { unlink(path) }
        let said = try BoundedChild.run(
            ["sh", "-c", "grep NoNewPrivs /proc/self/status; echo no >&0 || echo kept"],
            input: input,
            .init()
        )
        let words = String(decoding: said.output, as: UTF8.self)
        #expect(words.contains("NoNewPrivs:\t1") && words.hasSuffix("kept\n"), "\(words)")
        #expect(lseek(input, 0, SEEK_END) == 0)
    }

    @Test("is read within bounds of time, output and memory")
    func bounds() throws {
        var limits = BoundedChild.Limits()
        limits.time = 0.2
        let input = open("/dev/null", O_RDONLY)
        defer { close(input) }
        let began = ContinuousClock.now
        #expect(try BoundedChild.run(["sleep", "60"], input: input, limits).isWhole == false)
        // One that closed its output is not waited for either.
        let silent = ["sh", "-c", "exec >&- 2>&-; sleep 60"]
        #expect(try BoundedChild.run(silent, input: input, limits).isWhole == false)
        #expect(ContinuousClock.now - began < .seconds(20))
        limits.time = 20
        limits.output = 100_000
        let endless = try BoundedChild.run(["yes"], input: input, limits)
        #expect(!endless.isWhole && endless.output.count < 200_000)
        limits.memory = 64 << 20
        limits.output = 1 << 20
        let greedy = ["sh", "-c", "head -c 200000000 /dev/zero | tail -c 200000000 | wc -c"]
        let result = try BoundedChild.run(greedy, input: input, limits)
        #expect(!String(decoding: result.output, as: UTF8.self).contains("200000000"))
        let said = try BoundedChild.run(["sh", "-c", "echo $HOME; env; exit 3"], input: input, .init())
        #expect(!said.isWhole && !String(decoding: said.output, as: UTF8.self).contains("HOME"))
        #expect(
            try BoundedChild.run(["echo", "hello"], input: input, .init()).output == Array("hello\n".utf8)
        )
    }
}
