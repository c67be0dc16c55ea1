import Domain
import Doubles
import Foundation
import NIOCore
import Scanning
import Store
import Testing

@testable import Uploads

@Suite("An upload", .timeLimit(.minutes(5)))
struct UploadsTests {
    @Test("of every type that is taken lies under its id, whole, and nowhere else")
    func everyType() async throws {
        try await receiving { receiving in
            let sent: [(name: String, content: [UInt8])] = [
                ("a.pdf", Sample.pdf(["Hello"])), ("b.png", Sample.png), ("c.jpg", Sample.jpeg),
                ("d.gif", Sample.gif),
                ("e.webp", Sample.webp), ("f.txt", Array("text".utf8)), ("g.md", Array("# Text".utf8)),
                ("h.csv", Array("a,b\r\n".utf8)),
            ]
            var files: [NewFile] = []
            for (name, content) in sent { files += try await receiving.accept((name, content)) }
            #expect(files.map(\.file.type) == [.pdf, .png, .jpeg, .gif, .webp, .text, .markdown, .csv])
            #expect(files.map(\.file.name) == sent.map(\.name))
            #expect(files.allSatisfy { $0.file.state == .clean })
            for (file, (_, content)) in zip(files, sent) {
                let path = receiving.uploads.directory.path(of: file.file.id)
                #expect(FileManager.default.contents(atPath: path).map(Array.init) == content)
                #expect(file.file.size == content.count)
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o640)
            }
            #expect(
                files[5].file.sha256 == "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1"
            )
            #expect(try receiving.names(in: "files").sorted() == files.map(\.file.id.rawValue).sorted())
            #expect(try receiving.names(in: "tmp") == [])
        }
    }

    @Test("that is infected is refused by name and signature, kept nowhere, and logged without its name")
    func infected() async throws {
        try await receiving { receiving in
            let error = await #expect(throws: FilesRefused.self) {
                try await receiving.accept(
                    ("secret plan.txt", Sample.eicar),
                    ("fine.txt", Array("fine".utf8))
                )
            }
            #expect(error?.code == .fileInfected)
            #expect(error?.files.map(\.name) == ["secret plan.txt"])
            #expect(
                error?.message == "“secret plan.txt” is infected (Eicar-Test-Signature). Nothing was added."
            )
            let left = try await receiving.left()
            #expect(left == [])
            let line = try #require(receiving.log.all.first)
            #expect(line.hasPrefix("warning: a file was refused finding=Eicar-Test-Signature sha256="))
            #expect(!line.contains("secret"))
        }
    }

    @Test("is scanned whatever its type, before anything else looks inside")
    func scannedFirst() async throws {
        let scanner = ScriptedScanner.eicar
        try await receiving(.by(scanner)) { receiving in
            let error = await #expect(throws: FilesRefused.self) {
                try await receiving.accept(("a.zip", Sample.zip), ("b.zip", Sample.zip + Sample.eicar))
            }
            #expect(error?.code == .fileInfected)
            #expect(error?.files.map(\.name) == ["b.zip"])
            #expect(Set(scanner.scanned) == [Sample.zip, Sample.zip + Sample.eicar])
        }
    }

    @Test("over a scanner's limit is not passed")
    func overScannersLimit() async throws {
        let scanner = ScriptedScanner { _ in .refused(reason: "too deeply nested") }
        try await receiving(.by(scanner)) { receiving in
            let error = await #expect(throws: FilesRefused.self) {
                try await receiving.accept(("a.gif", Sample.gif))
            }
            #expect(error?.code == .fileInfected)
            #expect(error?.message.reveal().contains("too deeply nested") == true)
            let left = try await receiving.left()
            #expect(left == [])
        }
    }

    @Test("is refused when nobody can scan it")
    func noScanner() async throws {
        let scanner = ScriptedScanner { _ throws(ScanFailure) in throw ScanFailure(message: "gone") }
        try await receiving(.by(scanner)) { receiving in
            let error = await #expect(throws: FilesRefused.self) {
                try await receiving.accept(("a.gif", Sample.gif))
            }
            #expect(error?.code == .scanUnavailable)
            let left = try await receiving.left()
            #expect(left == [])
        }
    }

    @Test(
        "that a scanner is not done with when the command's time is over is refused by then",
        arguments: [1, 5]
    )
    func slowScanner(count: Int) async throws {
        var limits = UploadLimits()
        limits.patience = .milliseconds(200)
        try await receiving(.by(Endless()), limits: limits) { receiving in
            let parts = (0..<count).map {
                ParsedPart(name: "files", fileName: "\($0).gif", content: Sample.gif)
            }
            let files = try await receiving.receive(parts).files
            let began = ContinuousClock.now
            let error = await #expect(throws: FilesRefused.self) { try await receiving.uploads.accept(files) }
            #expect(error?.code == .scanUnavailable)
            #expect(ContinuousClock.now - began < .seconds(20))
        }
    }

    @Test("is scanned at the same time as the others of its command")
    func scannedTogether() async throws {
        let scanner = Together(3)
        try await receiving(.by(scanner)) { receiving in
            let files = try await receiving.accept(("a.txt", [97]), ("b.txt", [98]), ("c.txt", [99]))
            #expect(files.map(\.file.name) == ["a.txt", "b.txt", "c.txt"])
        }
    }

    @Test("that is a PDF which gets no turn in time is taken without its text")
    func noTurn() async throws {
        var limits = UploadLimits()
        limits.patience = .zero
        try await receiving(.off, limits: limits) { receiving in
            let new = try await receiving.accept(("a.pdf", Sample.pdf(["Hello"])))[0]
            #expect((new.file.reading, new.file.pages, new.text) == (.unreadable, nil, ""))
        }
    }

    @Test("has a bound on how many are received at the same time, and on what it leaves of the disk")
    func bounds() async throws {
        var limits = UploadLimits()
        limits.receptions = 1
        try await receiving(limits: limits) { receiving in
            let (pieces, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
            async let first = receiving.uploads.receive(pieces, boundary: "XX")
            continuation.yield(
                ByteBuffer(
                    string: "--XX\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a\"\r\n\r\n"
                )
            )
            while try receiving.names(in: "tmp").isEmpty { await Task.yield() }
            let second = try await receiving.receive([
                ParsedPart(name: "topic", content: [97]),
                ParsedPart(name: "files", fileName: "b", content: [98]),
                ParsedPart(name: "place", content: [99]),
            ])
            #expect(second.refusal?.code == .scanUnavailable && second.refusal?.retryAfter == 5)
            #expect(second.fields.map(\.name) == ["topic", "place"] && second.files.isEmpty)
            let third = try await receiving.receive([ParsedPart(name: "topic", content: [97])])
            #expect(third.refusal == nil && third.fields.count == 1, "it brings no files")
            #expect(try receiving.names(in: "tmp").count == 1)
            continuation.yield(ByteBuffer(string: "words\r\n--XX--\r\n"))
            continuation.finish()
            #expect(try await first.files.count == 1)
            #expect(try await receiving.receive([ParsedPart(name: "topic", content: [97])]).fields.count == 1)
        }
        limits.spareDisk = .max - 1
        try await receiving(limits: limits) { receiving in
            let form = try await receiving.receive([
                ParsedPart(name: "files", fileName: "a.txt", content: [97]),
                ParsedPart(name: "topic", content: [97]),
            ])
            #expect(form.refusal?.code == .scanUnavailable)
            #expect(form.refusal?.message.reveal().hasPrefix("There is no room for files") == true)
            #expect(form.fields.map(\.name) == ["topic"] && form.files.isEmpty)
        }
    }

    @Test("says that it was not scanned where scanning is switched off")
    func off() async throws {
        try await receiving(.off) { receiving in
            let states = try await receiving.accept(("a.txt", Sample.eicar)).map(\.file.state)
            #expect(states == [.unscanned])
        }
    }

    @Test(
        "has the type of its content, whatever its name says",
        arguments: [
            ("a.png", Sample.pdf(["x"]), FileType.pdf), ("a.pdf", Sample.png, .png),
            ("a.exe", Sample.jpeg, .jpeg),
            ("a.gif", Sample.gif + Sample.zip, .gif), ("a", Array("<script>alert(1)</script>".utf8), .text),
            ("a.svg", Array("<svg onload=\"alert(1)\"/>".utf8), .text), ("A.MD", Array("x".utf8), .markdown),
            ("a.txt", Array("\u{FEFF}mark".utf8), .text),
            ("a.log", Array("\u{1B}[1mbold\u{1B}[0m\t\r\n".utf8), .text),
            // A scalar that two pieces of a read share.
            (
                "a.csv",
                Array(
                    (String(repeating: "a", count: 65_535) + "é" + String(repeating: "€", count: 50_000)).utf8
                ), .csv
            ),
        ]
    )
    func types(name: String, content: [UInt8], type: FileType) async throws {
        try await receiving { receiving in
            let types = try await receiving.accept((name, content)).map(\.file.type)
            #expect(types == [type])
        }
    }

    @Test(
        "of no such type is refused",
        arguments: [
            Sample.zip, Array("text\0".utf8), [0xFF, 0xFE, 0x61, 0x00], Array("caf".utf8) + [0xE9],
            Array("cut".utf8) + [0xE2, 0x82], [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0],
            Array(" %PDF-1.4\u{1}".utf8),
            Array("RIFF1234WAVEfmt \u{10}".utf8), [0xC0, 0xAF], [],
        ]
    )
    func refusedTypes(content: [UInt8]) async throws {
        try await receiving { receiving in
            let error = await #expect(throws: FilesRefused.self) {
                try await receiving.accept(("good.txt", Array("good".utf8)), ("a.txt", content))
            }
            #expect(error?.code == .invalidFileType)
            #expect(error?.files.map(\.name) == ["a.txt"])
            #expect(error?.message.reveal().contains("is empty") == content.isEmpty)
            let left = try await receiving.left()
            #expect(left == [])
        }
    }

    @Test("that is too large is refused by name; the text before and after it is kept, its bytes are not")
    func tooLarge() async throws {
        var limits = UploadLimits()
        limits.file = 5_000
        try await receiving(limits: limits) { receiving in
            let form = try await receiving.receive([
                ParsedPart(name: "topic", content: Array("Why?".utf8)),
                ParsedPart(
                    name: "files",
                    fileName: "just.txt",
                    content: [UInt8](repeating: 97, count: 5_000)
                ),
                ParsedPart(
                    name: "files",
                    fileName: "over.txt",
                    content: [UInt8](repeating: 97, count: 5_001)
                ),
                ParsedPart(name: "place", content: Array("any".utf8)),
            ])
            #expect(form.fields.map(\.name) == ["topic", "place"])
            #expect(form.refusal?.code == .invalidFileSize)
            #expect(form.refusal?.files.map(\.name) == ["over.txt"])
            #expect(form.files.isEmpty)
            #expect(try receiving.names(in: "tmp") == [])
        }
    }

    @Test("that is too large together with others is refused, and no longer written once that is seen")
    func tooLargeTogether() async throws {
        var limits = UploadLimits()
        (limits.file, limits.request) = (5_000, 9_000)
        try await receiving(limits: limits) { receiving in
            let form = try await receiving.receive(
                ["a", "b", "c"].map {
                    ParsedPart(name: "files", fileName: $0, content: [UInt8](repeating: 97, count: 4_000))
                } + [ParsedPart(name: "topic", content: Array("Why?".utf8))]
            )
            #expect(form.fields.map(\.name) == ["topic"])
            #expect(form.refusal?.code == .invalidFileSize)
            #expect(try receiving.names(in: "tmp") == [])
        }
    }

    @Test("of more files than are taken at once is refused")
    func tooMany() async throws {
        try await receiving { receiving in
            let six = (1...6).map { ParsedPart(name: "files", fileName: "\($0)", content: [97]) }
            let refusal = try await receiving.receive(six).refusal
            #expect(refusal?.message.reveal().hasPrefix("These are 6 files") == true)
            let taken = try await receiving.receive(Array(six.prefix(5)))
            #expect(taken.refusal == nil)
        }
    }

    @Test("of a field that was left empty is none")
    func leftEmpty() async throws {
        try await receiving { receiving in
            let form = try await receiving.receive([ParsedPart(name: "files", fileName: "", content: [])])
            #expect(form.files.isEmpty && form.refusal == nil && form.fields.isEmpty)
        }
    }

    @Test("that has content and no name is refused, not dropped")
    func nameless() async throws {
        try await receiving { receiving in
            let form = try await receiving.receive([
                ParsedPart(name: "topic", content: [97]),
                ParsedPart(name: "files", fileName: "", content: [98]),
            ])
            #expect(form.refusal?.code == .validation)
            #expect(form.fields.map(\.name) == ["topic"] && form.files.isEmpty)
        }
    }

    @Test("whose sender goes away says so, as the transport said it")
    func goneAway() async throws {
        struct Gone: Error {}
        try await receiving { receiving in
            let (pieces, continuation) = AsyncThrowingStream.makeStream(of: ByteBuffer.self)
            continuation.finish(throwing: Gone())
            let broken = await #expect(throws: BodyBroken.self) {
                try await receiving.uploads.receive(pieces, boundary: "XX")
            }
            #expect(broken?.cause is Gone)
        }
    }

    @Test("that breaks off leaves nothing")
    func brokenOff() async throws {
        try await receiving { receiving in
            let whole = form([ParsedPart(name: "files", fileName: "a.txt", content: [97, 98])])
            await #expect(throws: MultipartFault.incomplete) {
                let (pieces, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
                continuation.yield(ByteBuffer(bytes: whole.dropLast(9)))
                continuation.finish()
                _ = try await receiving.uploads.receive(pieces, boundary: "XX")
            }
            let left = try await receiving.left()
            #expect(left == [])
        }
    }

    @Test("whose command was refused, or had been carried out before, is removed; one that is listed stays")
    func discarded() async throws {
        try await receiving { receiving in
            let (uploads, store) = (receiving.uploads, receiving.store)
            let files = try await receiving.accept(("a.txt", [97]), ("b.txt", [98]))
            let owner = try await store.write { writer in try writer.findOrInsertLocalPerson() }
            try await store.write { writer in
                try writer.insert(discussion(of: owner.id))
                try writer.insert(files[0], of: DiscussionID(rawValue: "d"))
            }
            await uploads.discard(files, store)
            #expect(try receiving.names(in: "files") == [files[0].file.id.rawValue])
        }
    }

    @Test(
        "that no discussion has is set aside when it is old, and removed a week later; one of a discussion stays"
    )
    func orphans() async throws {
        try await receiving { receiving in
            let (uploads, store) = (receiving.uploads, receiving.store)
            let files = try await receiving.accept(("a.txt", [97]), ("b.txt", [98]))
            let (unknown, known) = (files[0].file.id.rawValue, files[1].file.id.rawValue)
            let owner = try await store.write { writer in try writer.findOrInsertLocalPerson() }
            try await store.write { writer in
                try writer.insert(discussion(of: owner.id))
                try writer.insert(files[1], of: DiscussionID(rawValue: "d"))
            }
            await uploads.sweep(store)
            #expect(try receiving.names(in: "files").sorted() == [known, unknown].sorted())
            let later = Date().addingTimeInterval(FilesDirectory.grace + 60)
            #expect(try await uploads.directory.sweep(store, now: later).setAside == 1)
            #expect(try receiving.names(in: "files").sorted() == [".unknown/\(unknown)", known].sorted())
            let sixDays = Date().addingTimeInterval(FilesDirectory.setAsideTime - 3_600)
            #expect(try await uploads.directory.sweep(store, now: sixDays) == .init())
            let week = Date().addingTimeInterval(FilesDirectory.setAsideTime + 60)
            #expect(try await uploads.directory.sweep(store, now: week).removed == 1)
            #expect(try receiving.names(in: "files") == [known])
        }
    }

    @Test("survives a start with another database, and is back in its place with its own")
    func wrongDatabase() async throws {
        try await receiving { receiving in
            let (uploads, store) = (receiving.uploads, receiving.store)
            let files = try await receiving.accept(("a.txt", [97]), ("b.txt", [98]))
            let owner = try await store.write { writer in try writer.findOrInsertLocalPerson() }
            try await store.write { writer in
                try writer.insert(discussion(of: owner.id))
                for file in files { try writer.insert(file, of: DiscussionID(rawValue: "d")) }
            }
            let later = Date().addingTimeInterval(FilesDirectory.grace + 60)
            try await withStore { other in
                let swept = try await uploads.directory.sweep(other, now: later)
                #expect(swept.setAside == 2)
                #expect(!FileManager.default.fileExists(atPath: uploads.directory.path(of: files[0].file.id)))
            }
            #expect(try await uploads.directory.sweep(store, now: later).broughtBack == 2)
            #expect(try receiving.names(in: "files").sorted() == files.map(\.file.id.rawValue).sorted())
        }
    }

    @Test("that another process left is swept away, and one that another process is receiving is not")
    func leftovers() async throws {
        try await receiving { receiving in
            let root = "\(receiving.path)/tmp"
            let other = try Workspace(in: root)
            let theirs = try other.file()
            try FileManager.default.createDirectory(
                atPath: "\(root)/dead",
                withIntermediateDirectories: false
            )
            for name in ["dead.lock", "dead/half", "stray"] {
                #expect(FileManager.default.createFile(atPath: "\(root)/\(name)", contents: Data([1])))
            }
            try FileManager.default.createDirectory(
                atPath: "\(root)/lost",
                withIntermediateDirectories: false
            )
            await receiving.uploads.sweep(receiving.store)
            #expect(FileManager.default.fileExists(atPath: theirs.path))
            for name in ["dead", "dead.lock", "lost", "stray"] {
                #expect(!FileManager.default.fileExists(atPath: "\(root)/\(name)"), "\(name)")
            }
        }
    }

    private func discussion(of owner: PersonID) -> Discussion {
        Discussion(
            id: DiscussionID(rawValue: "d"),
            owner: owner,
            topic: "Why?",
            place: .any,
            panel: Panel(seats: []),
            status: .waiting,
            activity: nil,
            roundLimit: 20,
            createdAt: Date(),
            updatedAt: Date()
        )
    }
}

/// Never says anything.
private struct Endless: FileScanner {
    func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        try? await Task.sleep(for: .seconds(3_600))
        throw ScanFailure(message: "cancelled")
    }
}

/// Says nothing of any file before so many have come.
private actor Together: FileScanner {
    private var missing: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        missing = count
    }

    func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        missing -= 1
        if missing == 0 {
            for one in waiting { one.resume() }
            waiting = []
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        return .clean
    }
}
