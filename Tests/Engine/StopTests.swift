import Domain
import Doubles
import Foundation
import Providers
import Store
import TestSupport
import Testing

@testable import Engine

/// What a stop, a failure and a summary leave behind for those who speak next.
@Suite(.timeLimit(.minutes(5)))
struct StopTests {
    @Test func `after a stop and a summary the seats that remain see all that was said before`() async throws
    {
        let gate = Gate()
        let voice = ScriptedVoice(.local, scriptsJSON: true) { request, number in
            let task = request.messages[0].content
            if task.contains("You judge whether") { return [.say(ScriptedVoice.openVerdict)] }
            if task.contains("Sum up the discussion") { return [.say("In short.")] }
            let round = request.material.contains("Round 1:") ? 2 : 1
            if round == 2, request.persona == .analyzer, !gate.isOpen {
                return [.say("half a thought"), .hang]
            }
            return [.say("\(request.persona?.name ?? "") in round \(round)")]
        }
        try await withTable([voice]) { table in
            let id = try await table.start()
            _ = try await table.settled(id)
            try await table.proceed(id, "two")
            _ = try await table.speaking(id, "half a thought")
            _ = try await table.engine.stop(table.command("stop", "stop"), discussion: id)
            gate.open()
            _ = try await table.engine.generateSummary(
                table.command("sum", "generate-summary"),
                discussion: id
            )
            let summed = try await table.settled(id)
            // The round that is not complete is not covered: it is still told in full.
            #expect(summed.summaries.map(\.throughRound) == [1])
            try await table.proceed(id, "on")
            let after = try await table.settled(id)
            #expect(after.rounds[1].messages.map(\.truncated) == [true, false, false])
            let solver = try #require(voice.asked.last { $0.persona == .solver }).material
            #expect(solver.contains("<summary>\nIn short.\n</summary>"))
            #expect(solver.contains("half a thought"))
        }
    }

    @Test func `the fragment of a failed attempt is taken back, and a later stop makes no message of it`()
        async throws
    {
        let gate = Gate()
        let voice = ScriptedVoice(.local, scriptsJSON: true) { request, number in
            if request.messages[0].content.contains("multiple-choice") { return [.hang] }
            if request.persona == .solver, !gate.isOpen { return [.say("a fragment"), .fail(.cutOff)] }
            return [.say("words")]
        }
        try await withTable([voice]) { table in
            let id = try await table.start()
            let failed = try await table.settled(id)
            #expect(failed.speaking?.content == "")
            _ = try await table.engine.generateQuestions(
                table.command("q", "generate-questions"),
                discussion: id
            )
            _ = try await table.engine.stop(table.command("s", "stop"), discussion: id)
            let stopped = try await table.now(id)
            #expect(stopped.rounds[0].messages.map(\.finished) == [true, false])
            gate.open()
            try await table.proceed(id, "on")
            #expect(
                try await table.settled(id).rounds[0].messages.map(\.content) == ["words", "words", "words"]
            )
        }
    }

    @Test func `what another engine still says after a stop does not count`() async throws {
        try await withTable([ScriptedVoice(.local, .say("words so far"), .hang)]) { speaking in
            let id = try await speaking.start()
            _ = try await speaking.speaking(id, "words so far")
            let other = try await Table(store: speaking.store, voices: [])
            _ = try await other.engine.stop(other.command("stop", "stop"), discussion: id)
            let buffer = speaking.engine.chunks
            let message = try #require(try await speaking.now(id).rounds[0].messages.first)
            await buffer.append(" and more", to: message.id, of: id)
            await buffer.flush()
            let after = try await speaking.now(id)
            #expect(after.rounds[0].messages.map(\.content) == ["words so far"])
            #expect(after.rounds[0].messages.map(\.truncated) == [true])
            #expect(try await speaking.events(id).last?.body.type == "discussion-stopped")
            await other.engine.close(grace: .zero)
        }
    }

    @Test func `answered questions are not written over, and answers fit only the set they were given to`()
        async throws
    {
        let questions =
            #"{"questions":[{"text":"Why so?","options":["a","b"]},{"text":"And how?","options":["c","d"]}]}"#
        let voice = ScriptedVoice(.local, scriptsJSON: true) { request, _ in
            request.messages[0].content.contains("multiple-choice") ? [.say(questions)] : [.say("words")]
        }
        try await withTable([voice]) { table in
            let id = try await table.start()
            _ = try await table.settled(id)
            func ask(_ command: String) async throws -> QuestionSet? {
                _ = try await table.engine.generateQuestions(
                    table.command(command, "generate-questions"),
                    discussion: id
                )
                return try await table.settled(id).rounds.last?.questionSet
            }
            let first = try #require(try await ask("q1"))
            let second = try #require(try await ask("q2"))
            await #expect(throws: InvalidText.self) {
                _ = try await table.engine.submitAnswers(
                    table.command("a1", "submit-answers"),
                    discussion: id,
                    round: 1,
                    answers: [Answer(question: first.questions[0].id, options: ["1"], text: "")]
                )
            }
            try await table.store.write { writer in
                try writer.insert(
                    [Answer(question: second.questions[0].id, options: ["1"], text: "")],
                    to: second.id
                )
            }
            await #expect(throws: RoundMachine.Refusal.questionsAnswered) { _ = try await ask("q3") }
        }
    }
}
