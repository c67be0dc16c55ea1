import Domain
import Doubles
import Providers
import Store
import TestSupport
import Testing

@testable import Engine

@Suite("After a restart", .timeLimit(.minutes(5)))
struct RestartTests {
    @Test("a discussion goes on at the seat that had not finished, with the same message begun anew")
    func midMessage() async throws {
        try await withDatabasePath { path in
            let before = [
                counting(.mistral), ScriptedVoice(.groq, .say("half a sent"), .hang), counting(.openrouter),
            ]
            var store = try Store(path: path)
            var table = try await Table(store: store, voices: before)
            let id = try await table.start()
            let interrupted = try await table.speaking(id, "half a sent")
            await table.engine.close(grace: .zero)
            let cut = try await table.now(id)
            #expect(cut.discussion.status == .running)
            try store.close()

            let after = vendors()
            store = try Store(path: path)
            table = try await Table(store: store, voices: after)
            try await table.engine.resumeOrphans()
            let whole = try await table.waiting(id)
            #expect(whole.rounds.map(\.complete) == [true])
            let messages = whole.rounds[0].messages
            #expect(messages.map(\.turn) == [1, 2, 3])
            #expect(messages[0] == interrupted.rounds[0].messages[0])
            #expect(messages[1].id == interrupted.speaking?.id)
            #expect(messages[1].content == "groq 1")
            #expect(!messages[1].fallback)
            #expect(after.map(\.asked.count) == [0, 1, 1])

            let events = try await table.events(id)
            let numbers = events.map(\.id)
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
            let told = events.filter { $0.concerns(messages[1].id) }
            let types = [
                "message-start", "message-chunk", "message-restart", "message-chunk", "message-complete",
            ]
            #expect(told.map(\.body.type) == types)
            #expect(told[2].id > cut.cursor)
            #expect(events.filter { $0.body.type == "round-start" }.count == 1)
            await table.engine.close(grace: .zero)
            try store.close()
        }
    }

    @Test("a round whose last seat had spoken is closed, and nobody is asked again")
    func unclosedRound() async throws {
        let voices = vendors()
        try await withTable(voices) { table in
            let id = try await table.start()
            let complete = try await table.waiting(id)
            // As a crash leaves it between the last message and the round's end.
            let other = Discussion(
                id: .init(rawValue: "unclosed"),
                owner: table.person,
                topic: "Why?",
                place: .any,
                panel: complete.discussion.panel,
                status: .running,
                activity: .round,
                roundLimit: 20,
                createdAt: complete.discussion.createdAt,
                updatedAt: complete.discussion.updatedAt
            )
            try await table.store.write { writer in
                try writer.insert(other)
                try writer.insertRound(1, of: other.id)
                for message in complete.rounds[0].messages {
                    let copy = Message(
                        id: .random(),
                        seat: message.seat,
                        persona: message.persona,
                        turn: message.turn,
                        content: message.content,
                        provider: message.provider,
                        model: message.model,
                        fallback: false,
                        promptVersion: "1",
                        finished: true
                    )
                    try writer.insert(copy, round: 1, of: other.id)
                }
            }
            try await table.engine.resumeOrphans()
            let closed = try await table.waiting(other.id)
            #expect(closed.rounds.map(\.complete) == [true])
            #expect(voices.map(\.asked.count) == [1, 1, 1])
        }
    }

    @Test("a discussion that waits for its person still waits")
    func waiting() async throws {
        let voices = vendors()
        try await withTable(voices) { table in
            let id = try await table.start()
            let before = try await table.waiting(id)
            let second = try await Table(store: table.store, voices: voices)
            try await second.engine.resumeOrphans()
            await second.engine.close(grace: .seconds(30))
            #expect(try await table.waiting(id).cursor == before.cursor)
        }
    }

    @Test("that was announced, the seat that is speaking may finish, and the next does not begin")
    func grace() async throws {
        let gate = Gate()
        let voices = [
            ScriptedVoice(.mistral, .say("first"), .wait(gate), .say(", last")), counting(.groq),
            counting(.openrouter),
        ]
        try await withTable(voices) { table in
            let id = try await table.start()
            _ = try await table.speaking(id, "first")
            async let closed: Void = table.engine.close(grace: .seconds(60))
            while await !table.engine.isClosing { await Task.yield() }
            gate.open()
            await closed
            let transcript = try await table.now(id)
            #expect(transcript.discussion.status == .running)
            #expect(transcript.rounds[0].messages.map(\.content) == ["first, last"])
            #expect(transcript.rounds[0].messages[0].finished)
            #expect(voices[1].asked.isEmpty)
        }
    }
}
