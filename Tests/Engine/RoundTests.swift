import Domain
import Doubles
import Engine
import Providers
import Store
import TestSupport
import Testing

@Suite("A round", .timeLimit(.minutes(5)))
struct RoundTests {
    @Test("lets Analyzer, Solver and Moderator speak in order, in turns 1, 2 and 3, and then waits")
    func first() async throws {
        let voices = vendors()
        try await withTable(voices) { table in
            let transcript = try await table.waiting(try await table.start())
            #expect(transcript.discussion.activity == nil)
            #expect(transcript.rounds.map(\.number) == [1])
            #expect(transcript.rounds[0].complete)
            let messages = transcript.rounds[0].messages
            #expect(messages.map(\.persona) == [.analyzer, .solver, .moderator])
            #expect(messages.map(\.seat) == [1, 2, 3])
            #expect(messages.map(\.turn) == [1, 2, 3])
            #expect(messages.map(\.provider) == [.mistral, .groq, .openrouter])
            #expect(messages.map(\.content) == ["mistral 1", "groq 1", "openrouter 1"])
            for message in messages {
                #expect(message.finished && !message.fallback && !message.truncated)
                #expect(message.model == "\(message.provider.rawValue)-model")
                #expect(message.promptTokens == ScriptedVoice.usage.promptTokens)
                #expect(message.completionTokens == ScriptedVoice.usage.completionTokens)
                #expect(message.durationMs != nil && message.timeToFirstTokenMs != nil)
                #expect(!message.promptVersion.isEmpty)
            }
            #expect(voices.map(\.asked.count) == [1, 1, 1])
            #expect(voices.allSatisfy { $0.asked[0].maxTokens == Engine.Limits().maxTokens })
        }
    }

    @Test("is told of by its events, in order, and the last of them says that the person may act")
    func events() async throws {
        try await withTable(vendors()) { table in
            let id = try await table.start()
            let transcript = try await table.waiting(id)
            let events = try await table.events(id)
            let types = events.map(\.body.type)
            let message = ["message-start", "message-chunk", "message-complete"]
            #expect(
                types == ["discussion-started", "round-start"] + message + message + message + [
                    "round-complete"
                ]
            )
            #expect(events.map(\.id) == Array(1...events.count))
            #expect(transcript.cursor == events.last?.id)
            let end = EventBody.roundComplete(.init(round: 1, waitingForAction: true, status: .waiting))
            #expect(events.last?.body == end.telling(transcript.discussion.cost))
            // Three messages and the verdict, at no price.
            let used = (ScriptedVoice.usage.promptTokens * 4, ScriptedVoice.usage.completionTokens * 4)
            #expect(
                transcript.discussion.cost
                    == Cost(promptTokens: used.0, completionTokens: used.1, unpriced: 4)
            )
            guard case .discussionStarted(let started) = events[0].body else { throw Unexpected() }
            #expect(started.status == .running)
            #expect(started.activity == .round)
            #expect(started.panel == transcript.discussion.panel.seats)
        }
    }

    @Test("is followed by a second one when the person proceeds, in turns 4 to 6")
    func second() async throws {
        try await withTable(vendors()) { table in
            let id = try await table.start()
            let first = try await table.waiting(id)
            let answer = try await table.proceed(id, "p1")
            #expect(answer.cursor > first.cursor)
            let second = try await table.waiting(id)
            #expect(second.rounds.map(\.number) == [1, 2])
            #expect(second.rounds.map(\.complete) == [true, true])
            #expect(second.rounds[0] == first.rounds[0])
            #expect(second.rounds[1].messages.map(\.turn) == [4, 5, 6])
            #expect(second.rounds[1].messages.map(\.content) == ["mistral 2", "groq 2", "openrouter 2"])
            let types = try await table.events(id, after: first.cursor).map(\.body.type)
            #expect(types.first == "round-start")
            #expect(types.last == "round-complete")
        }
    }

    @Test("does not wait for the person before its last seat has spoken")
    func running() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local, .say("word"), .wait(gate))
        try await withTable([voice]) { table in
            let id = try await table.start()
            let during = try await table.speaking(id, "word")
            #expect(during.discussion.status == .running)
            #expect(during.discussion.activity == .round)
            await #expect(throws: RoundMachine.Refusal.notWaiting) { try await table.proceed(id, "early") }
            gate.open()
            _ = try await table.waiting(id)
            // What was refused was not kept: the same id may come again.
            #expect(try await !table.proceed(id, "early").replayed)
        }
    }

    @Test("is started once, however many want to proceed at once")
    func oneProceed() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local) { _, number in number > 3 ? [.wait(gate), .say("x")] : [.say("x")] }
        try await withTable([voice]) { table in
            let id = try await table.start()
            _ = try await table.waiting(id)
            let accepted = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<20 {
                    group.addTask { (try? await table.proceed(id, "p\(number)")) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(accepted == 1)
            gate.open()
            #expect(try await table.waiting(id).rounds.count == 2)
        }
    }

    @Test("is not opened by the replay of an old command")
    func replay() async throws {
        try await withTable(vendors()) { table in
            let id = try await table.start()
            _ = try await table.waiting(id)
            let first = try await table.proceed(id, "p1")
            let before = try await table.waiting(id)
            let again = try await table.proceed(id, "p1")
            #expect(again.replayed)
            #expect(again.cursor == first.cursor)
            #expect(try await table.start() == id)
            #expect(try await table.waiting(id).cursor == before.cursor)
        }
    }

    @Test("is had by a hundred discussions at once")
    func crowd() async throws {
        try await withTable(vendors()) { table in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let id = try await table.start("Topic \(number)")
                        let transcript = try await table.waiting(id)
                        #expect(transcript.rounds.first?.messages.map(\.turn) == [1, 2, 3])
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("cannot begin without a provider, and nothing is kept of the start")
    func nobody() async throws {
        try await withTable([]) { table in
            await #expect(throws: Engine.NoProvider.self) { _ = try await table.start() }
            let person = table.person
            let kept = try await table.store.read { reader in
                (try reader.listDiscussions(of: person, limit: 1).count, try reader.newestEvent())
            }
            #expect(kept == (0, 0))
        }
    }

    @Test("goes on only in a discussion of the person's own")
    func strangers() async throws {
        try await withTable(vendors()) { table in
            let id = try await table.start()
            let before = try await table.waiting(id)
            let stranger = try await table.store.person(named: "stranger").id
            let command = Command(id: "c", name: "proceed-dialogue", person: stranger, hash: "h")
            await #expect(throws: NoSuchDiscussion.self) {
                try await table.engine.proceed(command, discussion: id)
            }
            await #expect(throws: NoSuchDiscussion.self) {
                try await table.proceed(.init(rawValue: "nothing"), "c")
            }
            #expect(try await table.waiting(id).cursor == before.cursor)
        }
    }

    @Test("marks a message as cut short when a length limit ended it")
    func cut() async throws {
        try await withTable([ScriptedVoice(.local, .say("No e"), .cut)]) { table in
            let messages = try await table.waiting(try await table.start()).rounds[0].messages
            #expect(messages.allSatisfy { $0.truncated && $0.finished && $0.content == "No e" })
        }
    }
}

/// Something came in another shape than it must.
struct Unexpected: Error {}
