import Domain
import Doubles
import Foundation
import Logging
import Providers
import Store
import TestSupport
import Testing

@testable import Engine

/// Questions, summaries, verdicts and conclusions.
@Suite(.timeLimit(.minutes(5)))
struct WritingTests {
    private static let questions =
        #"{"questions":[{"text":"Why so?","options":["a","b"]},{"text":"And how?","options":["c","d"]}]}"#
    private static let resolved =
        #"{"resolved":true,"conclusion":"Agreed.","agree":["Solver","Analyzer"],"dissent":[],"open_questions":[]}"#

    /// A local voice that tells from the prompt what it is asked.
    private func voice(
        _ id: ProviderID = .local,
        verdict: [ScriptedVoice.Step] = [.say(ScriptedVoice.openVerdict)],
        questions: @escaping @Sendable (Int) -> [ScriptedVoice.Step] = { _ in [.say(WritingTests.questions)]
        },
        seat: [ScriptedVoice.Step] = [.say("words")]
    ) -> ScriptedVoice {
        ScriptedVoice(id, scriptsJSON: true) { request, number in
            let task = request.messages[0].content
            if task.contains("multiple-choice questions") { return questions(number) }
            if task.contains("Sum up the discussion") { return [.say("In short: words.")] }
            if task.contains("You judge whether") { return verdict }
            return seat
        }
    }

    private func act(
        _ table: Table,
        _ id: DiscussionID,
        _ name: String,
        _ action: (Engine, Command) async throws -> Acknowledgement
    ) async throws -> Transcript {
        _ = try await action(table.engine, table.command("\(name)-\(UUID())", name))
        return try await table.settled(id)
    }

    @Test func `questions that cannot be used are asked for once more, with the fault named`() async throws {
        let asked = voice(questions: { _ in [.say("{\"questions\":[]}")] })
        try await withTable([asked]) { table in
            let id = try await table.start()
            _ = try await table.settled(id)
            let after = try await act(table, id, "questions") {
                try await $0.generateQuestions($1, discussion: id)
            }
            #expect(after.discussion.status == .waiting)
            #expect(after.rounds.last?.questionSet == nil)
            let requests = asked.asked.filter { $0.messages[0].content.contains("multiple-choice") }
            #expect(requests.count == 2)
            #expect(requests.last?.messages.last?.content.contains("it has 0 questions, not 2 to 5") == true)
            let last = try #require(try await table.events(id).last?.body)
            guard case .error(let failure) = last else {
                Issue.record("\(last)")
                return
            }
            #expect(failure.code == .providerError)
            #expect(failure.status == .waiting)
        }
    }

    @Test func `a provider that refuses a JSON schema is asked in simpler ways, and that is remembered`()
        async throws
    {
        let provider = Refusing()
        try await withStore { store in
            let person = try await store.write { try $0.findOrInsertLocalPerson() }
            let engine = Engine(
                store: store,
                providers: guarded([provider]),
                limits: .init(),
                logger: .init(label: "t") { _ in SilentLog() }
            )
            _ = try await engine.start(
                Command(id: "s", name: "start-dialogue", person: person.id, hash: ""),
                topic: "Why?",
                place: .any
            )
            try await eventually { provider.formats.count == 6 }
            await engine.close(grace: .zero)
        }
        // Three seats, then the judge: by schema, as an object, by the prompt alone.
        #expect(
            provider.formats.prefix(6).map(\.name) == ["text", "text", "text", "schema", "object", "text"]
        )
    }

    @Test func `no verdict in time, or none that can be read, means that the table goes on`() async throws {
        let nobody = Self.resolved.replacing(#"["Solver","Analyzer"]"#, with: #"["no","Solver"]"#)
        for verdict in [
            [ScriptedVoice.Step.hang], [.say("We are resolved!")], [.fail(.unauthorized)], [.say(nobody)],
        ] {
            var limits = Engine.Limits()
            limits.judgeTime = .milliseconds(50)
            try await withTable([voice(verdict: verdict)], limits: limits) { table in
                let id = try await table.start()
                let after = try await table.settled(id)
                #expect(after.discussion.status == .waiting)
                #expect(after.rounds.last?.complete == true)
                #expect(after.resolution == nil)
            }
        }
    }

    @Test func `a table that agrees is resolved together with its round`() async throws {
        try await withTable([voice(verdict: [.say(Self.resolved)])]) { table in
            let id = try await table.start()
            let after = try await table.settled(id)
            #expect(after.resolution?.reason == .agreed)
            #expect(after.resolution?.conclusion == "Agreed.")
            let types = try await table.events(id).map(\.body.type)
            #expect(types.suffix(2) == ["round-complete", "discussion-resolved"])
        }
    }

    @Test func `the last round resolves the discussion, and reopening allows as many more`() async throws {
        var limits = Engine.Limits()
        limits.maxRounds = 1
        try await withTable([voice(verdict: [.say("none")])], limits: limits) { table in
            let id = try await table.start()
            let first = try await table.settled(id)
            #expect(first.resolution?.reason == .maxTurns)
            #expect(first.resolution?.conclusion == Resolution.noConclusion)
            let open = try await act(table, id, "reopen") { try await $0.reopen($1, discussion: id) }
            #expect(open.discussion.status == .waiting)
            #expect(open.resolution == nil)
            let second = try await act(table, id, "proceed") { try await $0.proceed($1, discussion: id) }
            #expect(second.resolution?.reason == .maxTurns)
            #expect(second.resolution?.round == 2)
        }
    }

    @Test func `prompts stay below the limit over many rounds: a summary takes the oldest rounds' place`()
        async throws
    {
        var limits = Engine.Limits()
        limits.promptTokens = 1_500
        let speech = String(repeating: "a long thought ", count: 40)
        let asked = voice(seat: [.say(speech)])
        try await withTable([asked], limits: limits) { table in
            let id = try await table.start()
            _ = try await table.settled(id)
            for round in 2...8 {
                let after = try await act(table, id, "p\(round)") { try await $0.proceed($1, discussion: id) }
                #expect(after.rounds.count == round)
            }
            let after = try await table.settled(id)
            #expect(!after.summaries.isEmpty)
            #expect(after.rounds.allSatisfy { $0.messages.allSatisfy { $0.content == speech } })
            for request in asked.asked {
                let tokens = request.messages.reduce(0) { $0 + Tokens.estimate($1.content) }
                #expect(tokens <= limits.promptTokens + 20)
            }
            let last = try #require(
                asked.asked.last { $0.messages[0].content.hasPrefix("You are Moderator") }
            )
            #expect(last.messages[1].content.contains("<summary>\nIn short: words.\n</summary>"))
            #expect(try await table.events(id).contains { $0.body.type == "summary-created" })
        }
    }

    @Test func `a house discussion asks nobody outside: not for seats, questions, summary or judge`()
        async throws
    {
        let outside = [voice(.mistral), voice(.groq), voice(.openrouter)]
        let dead = ScriptedVoice(.local, scriptsJSON: true) { _, _ in [.fail(.unreachable(.refused))] }
        try await withTable(outside + [dead]) { table in
            let id = try await table.start(place: .house)
            let after = try await table.settled(id)
            #expect(after.discussion.status == .waiting)
            for action in ["proceed", "proceed"] {
                _ = try await act(table, id, action) { try await $0.proceed($1, discussion: id) }
            }
            #expect(outside.allSatisfy { $0.asked.isEmpty })
            // Three tries for the first seat; two more, and its breaker is open.
            #expect(dead.asked.count == 5)
        }
        let mute = ScriptedVoice(.local, scriptsJSON: true) { request, _ in
            request.messages[0].content.hasPrefix("You are ")
                ? [.say("words")] : [.fail(.unreachable(.refused))]
        }
        try await withTable(outside + [mute]) { table in
            let id = try await table.start(place: .house)
            _ = try await table.settled(id)
            for ask in [Engine.generateQuestions, Engine.generateSummary] {
                let after = try await act(table, id, "ask") { try await ask($0)($1, id) }
                #expect(after.discussion.status == .waiting)
            }
            _ = try await act(table, id, "resolve") {
                try await $0.resolve($1, discussion: id, conclusion: nil)
            }
            #expect(outside.allSatisfy { $0.asked.isEmpty })
            // Three seats, three tries for the verdict, two more for the questions: then its breaker is open.
            #expect(mute.asked.count == 8)
        }
    }
}

/// Understands no `response_format` at all, and says so with the error that names it.
private final class Refusing: ChatProvider {
    let id = ProviderID.local
    let model = "plain"
    private let asked = Locked<[ResponseFormat]>([])

    var formats: [ResponseFormat] { asked.value }

    func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        asked.change { $0.append(request.responseFormat) }
        guard request.responseFormat == .text else {
            throw ProviderError(provider: id, fault: .formatRefused)
        }
        try await onText("words")
        return ChatCompletion(finishReason: .stop, usage: nil, model: model)
    }
}

extension ResponseFormat {
    fileprivate var name: String {
        switch self {
        case .text: "text"
        case .jsonObject: "object"
        case .jsonSchema: "schema"
        }
    }
}
