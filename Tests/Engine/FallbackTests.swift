import Domain
import Doubles
import Engine
import Foundation
import Providers
import Store
import TestSupport
import Testing

@Suite("When a provider fails", .timeLimit(.minutes(5)))
struct FallbackTests {
    @Test(
        "before its first word, the next of the chain speaks, marked as a fallback",
        arguments: [
            ProviderError.Fault.unavailable(status: 503, retryAfter: nil), .unauthorized, .timeout,
            .emptyAnswer,
        ]
    )
    func beforeTheFirstWord(fault: ProviderError.Fault) async throws {
        let voices = [counting(.mistral), ScriptedVoice(.groq, .fail(fault)), counting(.openrouter)]
        try await withTable(voices) { table in
            let id = try await table.start()
            let transcript = try await table.waiting(id)
            let messages = transcript.rounds[0].messages
            #expect(messages.map(\.provider) == [.mistral, .mistral, .openrouter])
            #expect(messages.map(\.fallback) == [false, true, false])
            #expect(messages[1].content == "mistral 2")
            #expect(messages[1].model == "mistral-model")
            #expect(messages.map(\.turn) == [1, 2, 3])
            let told = try await table.events(id).filter { $0.concerns(messages[1].id) }.map(\.body)
            #expect(
                told.map(\.type) == ["message-start", "message-restart", "message-chunk", "message-complete"]
            )
            guard case .messageStart(let start) = told[0], case .messageRestart(let restart) = told[1] else {
                throw Unexpected()
            }
            #expect(start.provider == .groq)
            #expect(restart.provider == .mistral)
            #expect(restart.model == "mistral-model")
        }
    }

    @Test("after its first words, the message begins anew with the next, and nothing of them is left")
    func afterTheFirstWord() async throws {
        let gate = Gate()
        let voices = [
            counting(.mistral),
            ScriptedVoice(.groq, .say("lost wörds"), .wait(gate), .say("more"), .fail(.cutOff)),
            counting(.openrouter),
        ]
        try await withTable(voices) { table in
            let id = try await table.start()
            _ = try await table.speaking(id, "lost wörds")
            gate.open()
            let message = try await table.waiting(id).rounds[0].messages[1]
            #expect(message.content == "mistral 2")
            #expect(message.fallback)
            let told = try await table.events(id).filter { $0.concerns(message.id) }.map(\.body)
            #expect(told.first?.type == "message-start")
            #expect(told.last?.type == "message-complete")
            // Groq tries three times; the third restart is Mistral's.
            #expect(told.count { $0.type == "message-restart" } == 3)
            // The text begins anew, so its offsets do.
            let restart = try #require(told.lastIndex { $0.type == "message-restart" })
            #expect(
                told[restart + 1] == .messageChunk(.init(messageId: message.id, offset: 0, text: "mistral 2"))
            )
        }
    }

    @Test("the chain is tried in its order, each provider once")
    func order() async throws {
        let voices = [
            ScriptedVoice(.openrouter, .fail(.forbidden)), ScriptedVoice(.groq, .fail(.forbidden)),
            ScriptedVoice(.mistral, .fail(.forbidden)), counting(.local),
        ]
        try await withTable(voices) { table in
            let id = try await table.start()
            let transcript = try await table.waiting(id)
            #expect(transcript.rounds[0].messages.allSatisfy { $0.provider == .local && $0.fallback })
            let tried = try await table.events(id).compactMap { event in
                switch event.body {
                case .messageStart(let start): start.provider
                case .messageRestart(let restart): restart.provider
                default: nil
                }
            }
            #expect(
                tried == [
                    .mistral, .groq, .openrouter, .local, .groq, .mistral, .openrouter, .local, .openrouter,
                    .groq, .mistral, .local,
                ]
            )
        }
    }

    @Test("and no other can speak, the table waits with one error, and goes on at the same seat when asked")
    func nobodyLeft() async throws {
        let repaired = Gate()
        func voice(_ id: ProviderID) -> ScriptedVoice {
            ScriptedVoice(id) { request, _ in
                request.persona == .solver && !repaired.isOpen
                    ? [.say("half"), .fail(.stalled)] : [.say("\(id.rawValue) speaks")]
            }
        }
        let voices = [voice(.mistral), voice(.groq), voice(.openrouter)]
        try await withTable(voices) { table in
            let id = try await table.start()
            let stuck = try await table.waiting(id)
            #expect(stuck.discussion.activity == nil)
            #expect(stuck.rounds.count == 1)
            #expect(!stuck.rounds[0].complete)
            #expect(stuck.rounds[0].messages.filter(\.finished).map(\.seat) == [1])
            let errors = try await table.events(id).compactMap { event in
                if case .error(let failure) = event.body { failure } else { nil }
            }
            #expect(errors.map(\.code) == [.providerTimeout])
            #expect(errors.map(\.status) == [.waiting])
            #expect(errors[0].activity == nil)
            #expect(!errors[0].message.isEmpty)
            #expect(try await table.events(id).last?.body.type == "error")

            repaired.open()
            try await table.proceed(id, "again")
            let after = try await table.waiting(id)
            #expect(after.rounds.count == 1)
            #expect(after.rounds[0].complete)
            #expect(after.rounds[0].messages.map(\.turn) == [1, 2, 3])
            #expect(after.rounds[0].messages.map(\.finished) == [true, true, true])
            #expect(after.rounds[0].messages[0] == stuck.rounds[0].messages[0])
            #expect(after.rounds[0].messages[1].id == stuck.rounds[0].messages[1].id)
            #expect(after.rounds[0].messages[1].provider == .groq)
            #expect(!after.rounds[0].messages[1].fallback)
            let analyses = voices.flatMap(\.asked).filter { $0.persona == .analyzer }
            #expect(analyses.count == 1)
        }
    }

    @Test("in a discussion that stays in the house, no vendor is ever asked")
    func house() async throws {
        let vendors = vendors()
        let broken = Gate()
        let local = ScriptedVoice(.local) { _, _ in broken.isOpen ? [.fail(.cutOff)] : [.say("home")] }
        try await withTable(vendors + [local]) { table in
            let id = try await table.start(place: .house)
            let first = try await table.waiting(id)
            #expect(first.discussion.panel.seats.allSatisfy { $0.provider == .local })
            #expect(first.rounds[0].messages.allSatisfy { $0.provider == .local && !$0.fallback })
            broken.open()
            try await table.proceed(id, "p1")
            let second = try await table.waiting(id)
            #expect(!second.rounds[1].complete)
            #expect(vendors.allSatisfy { $0.asked.isEmpty })
        }
    }

    @Test("on a discussion that stays in the house while no local server is configured, nothing starts")
    func houseWithoutServer() async throws {
        let vendors = vendors()
        try await withTable(vendors) { table in
            await #expect(throws: Engine.NoProvider.self) { _ = try await table.start(place: .house) }
            #expect(vendors.allSatisfy { $0.asked.isEmpty })
        }
    }

    @Test("on a seat of the local server, no vendor takes over")
    func localSeat() async throws {
        let vendors = vendors()
        try await withTable(vendors + [ScriptedVoice(.local, .fail(.unreachable(.refused)))]) { table in
            let seats = Persona.panel.enumerated().map { index, persona in
                Seat(seat: index + 1, persona: persona, provider: .local, model: "l")
            }
            let discussion = Discussion(
                id: .random(),
                owner: table.person,
                topic: "Why?",
                place: .any,
                panel: Panel(seats: seats),
                status: .running,
                activity: .round,
                roundLimit: 20,
                createdAt: .init(timeIntervalSince1970: 0),
                updatedAt: .init(timeIntervalSince1970: 0)
            )
            try await table.store.write { writer in try writer.insert(discussion) }
            try await table.engine.resumeOrphans()
            let transcript = try await table.waiting(discussion.id)
            #expect(transcript.rounds.map(\.complete) == [false])
            #expect(vendors.allSatisfy { $0.asked.isEmpty })
        }
    }
}

extension Event {
    /// Whether it tells of this message.
    func concerns(_ message: MessageID) -> Bool {
        switch body {
        case .messageStart(let start): start.messageId == message
        case .messageChunk(let chunk): chunk.messageId == message
        case .messageRestart(let restart): restart.messageId == message
        case .messageComplete(let complete): complete.message.id == message
        default: false
        }
    }
}
