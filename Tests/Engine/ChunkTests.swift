import Domain
import Doubles
import Foundation
import Logging
import Store
import TestSupport
import Testing

@testable import Engine

@Suite("The chunks of a message", .timeLimit(.minutes(5)))
struct ChunkTests {
    @Test("follow each other without a gap, in UTF-8 bytes, and together are the message")
    func offsets() async throws {
        let pieces = ["Né", " 👋", "\u{1F3FD}", "e", "\u{301}", "\n\n**x**", " ", "ende"]
        let gates = pieces.map { _ in Gate() }
        // Each piece waits until the one before has reached the log, so that every piece is a chunk.
        let steps = zip(pieces, gates).flatMap { [ScriptedVoice.Step.say($0), .wait($1)] }
        let voice = ScriptedVoice(.local) { request, _ in request.persona == .analyzer ? steps : [.say("ok")]
        }
        try await withTable([voice]) { table in
            let id = try await table.start()
            for index in pieces.indices {
                _ = try await table.speaking(id, pieces[...index].joined())
                gates[index].open()
            }
            let message = try await table.waiting(id).rounds[0].messages[0]
            #expect(Array(message.content.utf8) == Array(pieces.joined().utf8))
            let chunks = try await table.chunks(of: message.id, in: id)
            #expect(chunks.count == pieces.count)
            #expect(Self.joined(chunks).map { Array($0.utf8) } == Array(message.content.utf8))
        }
    }

    @Test("are gathered: a hundred words at once are not a hundred events")
    func gathered() async throws {
        let words = (1...100).map { "word\($0) " }
        let voice = ScriptedVoice(.local) { _, _ in words.map { .say($0) } }
        try await withTable([voice]) { table in
            let id = try await table.start()
            for message in try await table.waiting(id).rounds[0].messages {
                #expect(message.content == words.joined())
                let chunks = try await table.chunks(of: message.id, in: id)
                #expect(chunks.count < 10)
                #expect(Self.joined(chunks) == message.content)
            }
        }
    }

    @Test(
        "are all written or handed over when a message ends, also while a slow disk holds a write up",
        arguments: 0..<5
    )
    func slowDisk(run: Int) async throws {
        try await withStore { store in
            let table = try await Table(store: store, voices: [])
            let message = Message(
                id: .random(),
                seat: 1,
                persona: .analyzer,
                turn: 1,
                content: "",
                provider: .local,
                model: "l",
                fallback: false,
                promptVersion: "1",
                finished: false
            )
            let id = try await table.insertRunning(message)
            let buffer = ChunkBuffer(
                store: store,
                holder: "test",
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let disk = DispatchSemaphore(value: 0)
            let stalled = Gate()
            async let stall: Void = store.write { _ in
                stalled.open()
                disk.wait()
            }
            try await stalled.opened()
            await buffer.append("one", to: message.id, of: id)
            // The interval is the buffer's own; its write comes due, and is held up.
            try await Task.sleep(for: ChunkBuffer.interval * 2)
            await buffer.append(" two", to: message.id, of: id)
            async let rest = buffer.take(message.id)
            // The next write comes due while the end of the message waits for the first.
            try await Task.sleep(for: ChunkBuffer.interval * 2)
            disk.signal()
            var chunks: [EventBody.MessageChunk] = []
            if case .messageChunk(let chunk) = await rest { chunks.append(chunk) }
            // Written before the end, or handed over with it: nothing is on its way any more.
            chunks = try await table.chunks(of: message.id, in: id) + chunks
            #expect(Self.joined(chunks) == "one two")
            try await stall
        }
    }

    @Test("show a NUL that a model wrote as a replacement character, and lose nothing that follows it")
    func nul() async throws {
        try await withTable([ScriptedVoice(.local, .say("a\0b"), .say("\0"), .say("c"))]) { table in
            let id = try await table.start()
            let message = try await table.waiting(id).rounds[0].messages[0]
            #expect(message.content == "a\u{FFFD}b\u{FFFD}c")
            #expect(Self.joined(try await table.chunks(of: message.id, in: id)) == message.content)
        }
    }

    /// The chunks' text; nil if one does not begin where the last ended.
    private static func joined(_ chunks: [EventBody.MessageChunk]) -> String? {
        var text = ""
        for chunk in chunks {
            guard chunk.offset == text.utf8.count else { return nil }
            text += chunk.text
        }
        return text
    }
}

extension Table {
    /// A running discussion of one seat that has begun to speak this message.
    func insertRunning(_ message: Message) async throws -> DiscussionID {
        let id = DiscussionID.random()
        let seat = Seat(seat: 1, persona: message.persona, provider: message.provider, model: message.model)
        try await store.write { [person] writer in
            try writer.insert(
                Discussion(
                    id: id,
                    owner: person,
                    topic: "Why?",
                    place: .any,
                    panel: Panel(seats: [seat]),
                    status: .running,
                    activity: .round,
                    roundLimit: 20,
                    createdAt: writer.now,
                    updatedAt: writer.now
                )
            )
            try writer.insertRound(1, of: id)
            try writer.insert(message, round: 1, of: id)
            _ = try writer.takeLease(on: id, for: "test") { _ in true }
        }
        return id
    }

    func chunks(of message: MessageID, in id: DiscussionID) async throws -> [EventBody.MessageChunk] {
        try await events(id).compactMap { event in
            if case .messageChunk(let chunk) = event.body, chunk.messageId == message { chunk } else { nil }
        }
    }
}
