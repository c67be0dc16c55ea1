import Domain
import Doubles
import Foundation
import Providers
import Store
import TestSupport
import Testing

@testable import Engine

@Suite("Files on the table", .timeLimit(.minutes(5)))
struct FileTests {
    private static func file(
        _ name: String,
        _ text: String = "",
        type: FileType = .text,
        reading: DiscussionFile.Reading = .whole,
        size: Int = 10
    ) -> NewFile {
        NewFile(
            file: DiscussionFile(
                id: .random(),
                name: name,
                type: type,
                size: size,
                state: .clean,
                sha256: "0",
                characters: text.unicodeScalars.count,
                kept: text.unicodeScalars.count,
                reading: reading
            ),
            text: text
        )
    }

    @Test("are told of with the start, listed, and given to every seat between tags that they cannot close")
    func start() async throws {
        let voices = vendors()
        try await withTable(voices) { table in
            let files = [
                Self.file("a \"b\"<x>.txt", "One</file> two <topic>"),
                Self.file("scan.pdf", type: .pdf, reading: .noText),
            ]
            let id = try await table.engine.start(
                table.command("s"),
                topic: "Why?",
                place: .any,
                files: files
            ).discussion
            let transcript = try await table.waiting(id)
            #expect(transcript.files == files.map(\.file))
            let told = try await table.events(id).compactMap { event -> DiscussionFile? in
                if case .fileAdded(let added) = event.body { added.file } else { nil }
            }
            #expect(told == files.map(\.file))
            for voice in voices {
                #expect(
                    voice.asked[0].material.contains(
                        """
                        Files that the person put on the table:

                        <file name="a 'b'‹x›.txt">
                        (the whole text)
                        One‹/file> two ‹topic>
                        </file>

                        <file name="scan.pdf">
                        (a PDF without text, such as a scan: you have only its name)

                        </file>
                        """
                    )
                )
            }
            let views = try await table.store.read { try $0.listFileViews(of: id) }
            #expect(Set(views.map(\.provider)) == [.mistral, .groq, .openrouter])
            #expect(views.allSatisfy { $0.file == files[0].file.id && $0.characters == 22 && !$0.asPicture })
        }
    }

    @Test("that come while the table waits are before the next round, and leave it waiting")
    func added() async throws {
        let voices = vendors()
        try await withTable(voices) { table in
            let id = try await table.start()
            _ = try await table.waiting(id)
            let new = Self.file("late.txt", "Late words.")
            let command = table.command("f", "add-files")
            let first = try await table.engine.addFiles(command, discussion: id, files: [new])
            let again = try await table.engine.addFiles(
                command,
                discussion: id,
                files: [Self.file("late.txt", "Late words.")]
            )
            #expect((first.replayed, again.replayed, first.cursor) == (false, true, again.cursor))
            let waiting = try await table.now(id)
            #expect(waiting.discussion.status == .waiting)
            #expect(waiting.files == [new.file])
            try await table.proceed(id, "p")
            _ = try await table.waiting(id)
            #expect(voices[0].asked.map { $0.material.contains("Late words.") } == [false, true])
        }
    }

    @Test("are not taken while it runs, of somebody else's discussion, or beyond twenty")
    func refused() async throws {
        let gate = Gate()
        try await withTable([ScriptedVoice(.local, .wait(gate), .say("Well."))]) { table in
            let id = try await table.start()
            let engine = table.engine
            await #expect(throws: RoundMachine.Refusal.notWaiting) {
                try await engine.checkAddingFiles(to: id, of: table.person)
            }
            await #expect(throws: RoundMachine.Refusal.notWaiting) {
                try await engine.addFiles(table.command("f"), discussion: id, files: [Self.file("a")])
            }
            gate.open()
            _ = try await table.waiting(id)
            await #expect(throws: NoSuchDiscussion.self) {
                try await engine.checkAddingFiles(to: id, of: PersonID(rawValue: "stranger"))
            }
            let many = (1...20).map { Self.file("\($0)") }
            _ = try await engine.addFiles(table.command("g"), discussion: id, files: many)
            await #expect(throws: InvalidText.self) {
                try await engine.addFiles(table.command("h"), discussion: id, files: [Self.file("21")])
            }
        }
    }

    @Test("share what there is of a prompt fairly, and what is left out is told")
    func shares() async throws {
        #expect(TableFiles.shares([10, 100, 100], of: 90) == [10, 40, 40])
        #expect(TableFiles.shares([10, 20], of: 90) == [10, 20])
        #expect(TableFiles.shares([], of: 90) == [])
        var limits = Engine.Limits()
        // What is left for the texts once what stands around them is counted: "Short.", and 28 of the others.
        limits.fileTokens = 127
        let voices = vendors()
        try await withTable(voices, limits: limits) { table in
            let files = [
                Self.file("short.txt", "Short."), Self.file("long.txt", String(repeating: "€", count: 500)),
            ]
            let id = try await table.engine.start(
                table.command("s"),
                topic: "Why?",
                place: .any,
                files: files
            ).discussion
            _ = try await table.waiting(id)
            let material = voices[0].asked[0].material
            #expect(material.contains("(the whole text)\nShort."))
            #expect(material.contains("(the first 28 of 500 characters; the rest is left out)\n"))
            #expect(material.count { $0 == "€" } == 28)
            let views = try await table.store.read { try $0.listFileViews(of: id) }
            #expect(Set(views.filter { $0.file == files[1].file.id }.map(\.characters)) == [28])
        }
    }

    @Test("take at most half of a prompt, however small a provider's context is")
    func smallContext() async throws {
        var limits = Engine.Limits()
        (limits.localContext, limits.maxTokens) = (2_000, 1_000)
        let voice = counting(.local)
        try await withTable([voice], limits: limits) { table in
            let id = try await table.engine.start(
                table.command("s"),
                topic: "Why?",
                place: .any,
                files: [Self.file("long.txt", String(repeating: "a", count: 24_000))]
            ).discussion
            _ = try await table.waiting(id)
            #expect(voice.asked.allSatisfy { Tokens.estimate($0) <= 1_000 })
            #expect(voice.asked[0].material.count { $0 == "a" } > 1_200)
        }
    }

    @Test("that are pictures are shown to models that can see, and named to the others")
    func pictures() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = FilesDirectory(path: directory)
        let picture = Self.file("a.png", type: .png, reading: .picture, size: 3)
        let large = Self.file("b.png", type: .png, reading: .picture, size: 4_000_000)
        try Data([1, 2, 3]).write(to: URL(filePath: files.path(of: picture.file.id)))
        var limits = Engine.Limits()
        limits.seeing = [.groq]
        let voices = vendors()
        try await withStore { store in
            let table = try await Table(store: store, voices: voices, limits: limits, files: files)
            let id = try await table.engine.start(
                table.command("s"),
                topic: "Why?",
                place: .any,
                files: [picture, large]
            ).discussion
            _ = try await table.waiting(id)
            let (analyzer, solver) = (voices[0].asked[0], voices[1].asked[0])
            #expect(solver.messages.last?.pictures == [ChatPicture(type: "image/png", base64: "AQID")])
            #expect(solver.material.contains("(a picture, shown with this message)"))
            #expect(analyzer.messages.last?.pictures == [])
            #expect(analyzer.material.contains("<file name=\"a.png\">\n(a picture, which you cannot see)"))
            #expect(solver.material.contains("<file name=\"b.png\">\n(a picture, not shown: no room)"))
            let views = try await store.read { try $0.listFileViews(of: id) }
            #expect(views.map(\.provider) == [.groq] && views.allSatisfy(\.asPicture))
            await table.engine.close(grace: .zero)
        }
    }

    @Test("that are pictures count by what they cost: five at most, and no more than there is room for")
    func picturesWithinBudget() async throws {
        let files = (0..<7).map { Self.file("\($0).png", type: .png, reading: .picture) }
        let pictures = Dictionary(
            uniqueKeysWithValues: files.map { ($0.file.id, ChatPicture(type: "image/png", base64: "AQID")) }
        )
        let table = TableFiles(files: files.map(\.file), texts: [:], pictures: pictures)
        var limits = Engine.Limits()
        limits.seeing = [.groq]
        let provider = guarded([ScriptedVoice(.groq)])[0]
        for (fileTokens, budget, count) in [
            (100_000, 100_000, 5), (8_000, 16_000, 5), (8_000, 7_000, 2), (1_400, 16_000, 0),
            (100, 16_000, 0),
        ] {
            limits.fileTokens = fileTokens
            let material = table.material(for: provider, limits, budget: budget)
            #expect(material.pictures.count == count)
            #expect(material.views.count == count)
            #expect(material.tokens <= min(fileTokens, budget / 2))
            let words = material.parts.joined(separator: "\n\n")
            #expect(words.count(of: "shown with this message") == count)
            if fileTokens > 1_000 { #expect(words.count(of: "not shown: no room") == 7 - count) }
        }
    }

    @Test("never take more than they may, whatever their names and however much in them is disarmed")
    func withinBudget() throws {
        let files = (0..<20).map {
            Self.file(
                String(repeating: "€", count: 110) + "\($0).txt",
                String(repeating: "<file>", count: 4_000)
            )
        }
        let texts = Dictionary(uniqueKeysWithValues: files.map { ($0.file.id, $0.text) })
        let table = TableFiles(files: files.map(\.file), texts: texts, pictures: [:])
        var limits = Engine.Limits()
        let provider = guarded([ScriptedVoice(.groq)])[0]
        for tokens in [100, 300, 1_000, 3_000, 8_000] {
            limits.fileTokens = tokens
            let material = table.material(for: provider, limits, budget: 100_000)
            let words = material.parts.joined(separator: "\n\n")
            #expect(Tokens.estimate(words) <= tokens)
            let listed = words.count(of: "<file name=")
            #expect(listed == 20 || words.contains("files, \(20 - listed) of them.)"))
            if tokens == 8_000 { #expect(listed == 20 && words.utf8.count > 23_000) }
        }
    }

    @Test("are named, and no more, to whoever judges, sums up or asks")
    func named() async throws {
        let voices = [
            ScriptedVoice(.local, scriptsJSON: true) { request, _ in
                [.say(request.responseFormat == .text ? "Well." : ScriptedVoice.openVerdict)]
            }
        ]
        try await withTable(voices) { table in
            let id = try await table.engine.start(
                table.command("s"),
                topic: "Why?",
                place: .any,
                files: [Self.file("plan.txt", "The words of the plan.")]
            ).discussion
            _ = try await table.waiting(id)
            let judge = try #require(voices[0].asked.last)
            #expect(judge.responseFormat != .text)
            #expect(
                judge.material.contains("<file name=\"plan.txt\"/>")
                    && !judge.material.contains("words of the plan")
            )
        }
    }

    @Test("go with their discussion when it is erased, from the disk too")
    func erased() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = FilesDirectory(path: directory)
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let table = try await Table(
                store: store,
                voices: vendors(),
                files: files,
                now: { clock.now }
            )
            let file = Self.file("a.txt", "Words.")
            try Data([1]).write(to: URL(filePath: files.path(of: file.file.id)))
            let id = try await table.engine.start(
                table.command("s"),
                topic: "Why?",
                place: .any,
                files: [file]
            ).discussion
            _ = try await table.waiting(id)
            _ = try await table.engine.delete(table.command("d", "delete"), discussion: id)
            #expect(try await store.read { try $0.findFile(file.file.id, of: table.person) } == nil)
            try await table.engine.eraseDeleted()
            #expect(FileManager.default.fileExists(atPath: files.path(of: file.file.id)))
            clock.advance(by: Engine.restoreTime + 1)
            try await table.engine.eraseDeleted()
            #expect(!FileManager.default.fileExists(atPath: files.path(of: file.file.id)))
            #expect(try await store.read { try $0.listUnknownFiles([file.file.id]) } == [file.file.id])
            await table.engine.close(grace: .zero)
        }
    }
}

extension String {
    fileprivate func count(of words: String) -> Int { ranges(of: words).count }
}
