import Domain
import Doubles
import Foundation
import Logging
import Providers
import Store
import TestSupport
import Testing

@testable import Engine

/// Several discussions, several engines, and what is left of a deleted discussion.
@Suite(.timeLimit(.minutes(5)))
struct TogetherTests {
    @Test func `two engines on one database let each seat speak once`() async throws {
        let voices = vendors()
        try await withTable(voices) { first in
            let second = try await Table(store: first.store, voices: voices)
            let id = try await first.start()
            for _ in 1...20 { try await second.engine.resumeOrphans() }
            let after = try await first.settled(id)
            #expect(after.rounds[0].messages.map(\.turn) == [1, 2, 3])
            #expect(voices.map(\.asked.count) == [1, 1, 1])
            await second.engine.close(grace: .zero)
        }
    }

    @Test func `the lease of an engine whose process is gone is taken over at once`() async throws {
        try await withTable(vendors()) { table in
            let id = try await table.start()
            _ = try await table.settled(id)
            let place = try #require(LeaseHolder().name.split(separator: ":").first)
            let gone = "\(place):999999999:1:gone"
            let alive = LeaseHolder()
            let took = try await table.store.write { writer in
                try writer.update(id, status: .running, activity: .round)
                _ = try writer.takeLease(on: id, for: gone, isAlive: alive.isAlive)
                let other = try writer.takeLease(on: id, for: alive.name, isAlive: alive.isAlive)
                let third = try writer.takeLease(on: id, for: LeaseHolder().name, isAlive: alive.isAlive)
                return [other, third]
            }
            #expect(took == [true, false])
        }
    }

    @Test func `those beyond the cap wait in the order in which they came, and are told their place`()
        async throws
    {
        let gate = Gate()
        var limits = Engine.Limits()
        limits.maxRunning = 1
        let voice = ScriptedVoice(.local) { _, _ in [.wait(gate), .say("words")] }
        try await withTable([voice], limits: limits) { table in
            let ids = [
                try await table.start("First?"), try await table.start("Second?"),
                try await table.start("Third?"),
            ]
            #expect(await table.engine.place(of: ids[0]) == nil)
            #expect(await table.engine.place(of: ids[1]) == 1)
            #expect(await table.engine.place(of: ids[2]) == 2)
            let told = try await table.events(ids[2]).compactMap { event -> Int? in
                if case .queued(let queued) = event.body { queued.place } else { nil }
            }
            #expect(told == [2])
            gate.open()
            for id in ids { #expect(try await table.settled(id).rounds[0].complete) }
            let later = try await table.events(ids[2]).compactMap { event -> Int? in
                if case .queued(let queued) = event.body { queued.place } else { nil }
            }
            #expect(later == [2, 1])
        }
    }

    @Test func `an action that is refused changes nothing and tells of nothing`() async throws {
        try await withTable([ScriptedVoice(.local, .say("words"))]) { table in
            let id = try await table.start()
            let before = try await table.settled(id)
            let events = try await table.events(id).count
            await #expect(throws: RoundMachine.Refusal.notRunning) {
                _ = try await table.engine.stop(table.command("a", "stop"), discussion: id)
            }
            await #expect(throws: RoundMachine.Refusal.notResolved) {
                _ = try await table.engine.reopen(table.command("b", "reopen"), discussion: id)
            }
            await #expect(throws: RoundMachine.Refusal.noOpenQuestions) {
                _ = try await table.engine.submitAnswers(
                    table.command("c", "submit-answers"),
                    discussion: id,
                    round: 1,
                    answers: [Answer(question: "1", options: ["1"], text: "")]
                )
            }
            await #expect(throws: NoSuchDiscussion.self) {
                _ = try await table.engine.proceed(
                    table.command("d", "proceed-dialogue"),
                    discussion: .init(rawValue: "none")
                )
            }
            let after = try await table.now(id)
            #expect(after.discussion == before.discussion)
            #expect(try await table.events(id).count == events)
        }
    }

    @Test func `answers fit the questions, are given once, and a wrong set is kept out wholly`() async throws
    {
        let questions =
            #"{"questions":[{"text":"Why so?","options":["a","b"]},{"text":"And how?","options":["c","d"]}]}"#
        let voice = ScriptedVoice(.local, scriptsJSON: true) { request, _ in
            request.messages[0].content.contains("multiple-choice") ? [.say(questions)] : [.say("words")]
        }
        try await withTable([voice]) { table in
            let id = try await table.start()
            _ = try await table.settled(id)
            _ = try await table.engine.generateQuestions(table.command("q", "questions"), discussion: id)
            let set = try #require(try await table.settled(id).rounds[0].questionSet)
            let (one, two) = (set.questions[0].id, set.questions[1].id)
            func submit(_ command: String, _ answers: [Answer]) async throws {
                _ = try await table.engine.submitAnswers(
                    table.command(command, "submit-answers"),
                    discussion: id,
                    round: 1,
                    answers: answers
                )
            }
            for wrong in [
                [Answer(question: "9", options: ["1"], text: "")],
                [Answer(question: one, options: ["7"], text: "")],
                [Answer(question: one, options: [], text: " ")], [],
                [
                    Answer(question: one, options: ["1"], text: ""),
                    Answer(question: one, options: ["2"], text: ""),
                ],
            ] {
                await #expect(throws: InvalidText.self) { try await submit("wrong", wrong) }
            }
            #expect(try await table.now(id).rounds[0].answers == nil)
            try await submit("right", [Answer(question: two, options: ["2", "1"], text: " mine ")])
            let answered = try await table.settled(id)
            #expect(answered.rounds[0].answers == [Answer(question: two, options: ["1", "2"], text: "mine")])
            #expect(answered.rounds.count == 2)
            await #expect(throws: RoundMachine.Refusal.noOpenQuestions) {
                try await submit("again", [Answer(question: one, options: ["1"], text: "")])
            }
        }
    }

    @Test func `a deleted discussion can be restored for 30 days, then nothing of it is left`() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let table = try await Table(store: store, voices: [ScriptedVoice(.local, .say("words"))])
            let engine = Engine(
                store: store,
                providers: [],
                limits: .init(),
                logger: .init(label: "t") { _ in SilentLog() },
                now: { clock.now }
            )
            let id = try await table.start()
            _ = try await table.settled(id)
            _ = try await table.engine.delete(table.command("d1", "delete"), discussion: id)
            let person = table.person
            #expect(try await store.read { try $0.findTranscript(id, of: person) } == nil)
            clock.advance(by: Engine.restoreTime - 60)
            try await engine.eraseDeleted()
            _ = try await engine.restore(table.command("r1", "restore"), discussion: id)
            #expect(try await table.now(id).rounds.count == 1)
            _ = try await engine.delete(table.command("d2", "delete"), discussion: id)
            clock.advance(by: Engine.restoreTime + 60)
            try await engine.eraseDeleted()
            await #expect(throws: NoSuchDiscussion.self) {
                _ = try await engine.restore(table.command("r2", "restore"), discussion: id)
            }
            #expect(try await table.events(id).isEmpty)
            await table.engine.close(grace: .zero)
        }
    }
}
