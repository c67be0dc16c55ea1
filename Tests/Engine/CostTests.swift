import Domain
import Doubles
import Engine
import Foundation
import Providers
import Store
import TestSupport
import Testing

@Suite("What a discussion costs", .timeLimit(.minutes(5)))
struct CostTests {
    /// A dollar a prompt token, ten an answer's: sums that can be checked by heart.
    static let prices = Dictionary(
        uniqueKeysWithValues: ProviderID.allCases.map { ($0, Price(input: 1_000_000, output: 10_000_000)) }
    )
    /// Of one answer of a scripted voice.
    static let answer = Double(ScriptedVoice.usage.promptTokens + 10 * ScriptedVoice.usage.completionTokens)

    static func limits(_ change: (inout Engine.Limits) -> Void = { _ in }) -> Engine.Limits {
        var limits = Engine.Limits()
        limits.prices = prices
        change(&limits)
        return limits
    }

    private func usage(_ table: Table) async throws -> [DayUsage] {
        let person = table.person
        return try await table.store.read { try $0.listUsage(since: "2000-01-01", of: person) }
    }

    @Test func `is told of each message, the discussion, and the day by provider`() async throws {
        try await withTable(vendors(), limits: Self.limits()) { table in
            let id = try await table.start()
            let after = try await table.waiting(id)
            #expect(after.rounds[0].messages.allSatisfy { $0.cost == Self.answer })
            // Three messages, and the verdict of the moderator's provider.
            #expect(after.discussion.cost.usd == 4 * Self.answer)
            #expect(after.discussion.cost.unpriced == 0)
            let usage = try await usage(table)
            #expect(usage.map(\.provider) == [.groq, .mistral, .openrouter])
            #expect(usage.map(\.answers) == [1, 1, 2])
            #expect(usage.compactMap(\.cost.usd).reduce(0, +) == 4 * Self.answer)
            #expect(usage.allSatisfy { $0.person == "local" && $0.day == usage[0].day })
        }
    }

    @Test func `is told by the events, in every one that follows something paid`() async throws {
        try await withTable(vendors(), limits: Self.limits()) { table in
            let id = try await table.start()
            _ = try await table.waiting(id)
            let told = try await table.events(id).compactMap { event -> Double? in
                switch event.body {
                case .messageComplete(let payload): payload.cost.usd
                case .roundComplete(let payload): payload.cost.usd
                default: nil
                }
            }
            #expect(told == [1, 2, 3, 4].map { $0 * Self.answer })
        }
    }

    @Test func `counts what a provider says that it charges before any price`() async throws {
        let voice = Charging(usage: TokenUsage(promptTokens: 1, completionTokens: 1, cost: 0.25))
        try await withStore { store in
            let table = try await Table(store: store, providers: guarded([voice]), limits: Self.limits())
            let id = try await table.start()
            let after = try await table.waiting(id)
            #expect(after.rounds[0].messages.map(\.cost) == [0.25, 0.25, 0.25])
            #expect(after.discussion.cost.usd == 1)
            await table.engine.close(grace: .zero)
        }
    }

    @Test func `is estimated where the provider does not count`() async throws {
        try await withStore { store in
            let table = try await Table(
                store: store,
                providers: guarded([Charging(usage: nil)]),
                limits: Self.limits()
            )
            let id = try await table.start()
            let after = try await table.waiting(id)
            let message = after.rounds[0].messages[0]
            #expect(message.promptTokens == nil && message.completionTokens == nil)
            #expect((message.cost ?? 0) > 100)
            await table.engine.close(grace: .zero)
        }
    }

    @Test func `includes answers that broke off`() async throws {
        let broken = ScriptedVoice(.local) { _, number in
            number == 1 ? [.say("three words gone"), .fail(.cutOff)] : [.say("words")]
        }
        try await withTable([broken], limits: Self.limits()) { table in
            let id = try await table.start()
            let after = try await table.waiting(id)
            #expect((after.discussion.cost.usd ?? 0) > 4 * Self.answer)
            #expect(try await usage(table).map(\.answers) == [5])
        }
    }

    @Test func `includes what was said until a stop, at once`() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local, .say("so far"), .wait(gate))
        try await withTable([voice], limits: Self.limits()) { table in
            let id = try await table.start()
            _ = try await table.speaking(id, "so far")
            _ = try await table.engine.stop(table.command("stop", "stop"), discussion: id)
            let after = try await table.now(id)
            #expect((after.discussion.cost.usd ?? 0) > 0)
            #expect(after.rounds[0].messages[0].cost == after.discussion.cost.usd)
            guard case .discussionStopped(let told)? = try await table.events(id).last?.body else {
                Issue.record("not stopped")
                return
            }
            #expect(told.cost == after.discussion.cost)
        }
    }

    @Test func `is not known while no price is set, and says of how many answers`() async throws {
        try await withTable(vendors()) { table in
            let id = try await table.start()
            let cost = try await table.waiting(id).discussion.cost
            #expect(cost.usd == nil)
            #expect(cost.unpriced == 4)
        }
    }

    @Test func `at its limit the seat that speaks finishes, and the table waits`() async throws {
        let limits = Self.limits { $0.budget.discussion = 1.5 * Self.answer }
        try await withTable(vendors(), limits: limits) { table in
            let id = try await table.start()
            let after = try await table.waiting(id)
            #expect(after.rounds[0].messages.map(\.finished) == [true, true])
            #expect(!after.rounds[0].complete)
            guard case .error(let failure)? = try await table.events(id).last?.body else {
                Issue.record("no error")
                return
            }
            #expect(failure.code == .budgetExceeded)
            #expect(failure.message.contains("DISCUSSION_COST_LIMIT"))
            #expect(failure.cost == after.discussion.cost)
            // Whatever asks a model is refused, and nothing of it is kept.
            await #expect(throws: BudgetExceeded.self) { try await table.proceed(id, "p") }
            await #expect(throws: BudgetExceeded.self) {
                _ = try await table.engine.addInput(
                    table.command("i", "user-input"),
                    discussion: id,
                    input: "More!",
                    proceed: true
                )
            }
            #expect(try await table.now(id).rounds[0].userInput.isEmpty)
            // A remark alone, and the person's own conclusion, cost nothing.
            _ = try await table.engine.addInput(
                table.command("j", "user-input"),
                discussion: id,
                input: "Enough.",
                proceed: false
            )
            _ = try await table.engine.resolve(
                table.command("r", "resolve"),
                discussion: id,
                conclusion: "As we said."
            )
            #expect(try await table.now(id).discussion.status == .resolved)
        }
    }

    @Test func `at its limit after the last seat the round is complete, and nobody judges it`() async throws {
        let limits = Self.limits { $0.budget.discussion = 2.5 * Self.answer }
        try await withTable(vendors(), limits: limits) { table in
            let id = try await table.start()
            let after = try await table.waiting(id)
            #expect(after.rounds[0].complete)
            #expect(after.discussion.cost.usd == 3 * Self.answer)
            #expect(
                try await table.events(id).suffix(2).map(\.body.type) == ["round-complete", "error"]
            )
        }
    }

    @Test func `at the day's budget nothing starts, for nobody, until the next day`() async throws {
        let clock = Instants()
        let limits = Self.limits { $0.budget.daily = Self.answer }
        try await withStore(now: { clock.now }) { store in
            let table = try await Table(store: store, providers: guarded(vendors()), limits: limits) {
                clock.now
            }
            let id = try await table.start()
            let after = try await table.waiting(id)
            #expect(after.rounds[0].messages.count == 1)
            await #expect(throws: BudgetExceeded.self) { _ = try await table.start("Another?") }
            clock.advance(by: 24 * 3_600)
            _ = try await table.start("Another?")
            await table.engine.close(grace: .zero)
        }
    }

    @Test func `includes the prompt, and all that was told, of answers without a word`() async throws {
        let told = TokenUsage(promptTokens: 100, completionTokens: 200)
        let voice = Thinking(error: ProviderError(provider: .local, fault: .emptyAnswer, usage: told))
        try await withStore { store in
            let table = try await Table(store: store, providers: guarded([voice]), limits: Self.limits())
            let id = try await table.start()
            let after = try await table.waiting(id)
            // Three tries for the first seat.
            #expect(abs((after.discussion.cost.usd ?? 0) - 6_300) < 0.001)
            await table.engine.close(grace: .zero)
        }
    }

    @Test func `stays on the bill when a stop is refused`() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local, .say("so far"), .wait(gate))
        try await withTable([voice], limits: Self.limits()) { table in
            let id = try await table.start()
            _ = try await table.speaking(id, "so far")
            let stop = table.command("stop", "stop", hash: "one")
            _ = try await table.engine.stop(stop, discussion: id)
            let stopped = try await table.now(id).discussion.cost
            try await table.proceed(id, "go on")
            _ = try await table.store.transcript(id, of: table.person) { $0.speaking?.content == "so far" }
            // A conflict, and a repetition: neither may take anything off the bill.
            await #expect(throws: CommandConflict.self) {
                _ = try await table.engine.stop(table.command("stop", "stop", hash: "two"), discussion: id)
            }
            _ = try await table.engine.stop(stop, discussion: id)
            gate.open()
            let after = try await table.waiting(id)
            let messages = after.rounds[0].messages
            #expect(messages.dropFirst().allSatisfy { $0.cost == Self.answer })
            // The rest of the round's messages, and the verdict.
            #expect(after.discussion.cost.usd == (stopped.usd ?? 0) + 3 * Self.answer)
        }
    }

    @Test func `has no limit where only a server that costs nothing answers`() async throws {
        let limits = Self.limits {
            $0.prices[.local] = Price(input: 0, output: 0)
            $0.budget.daily = Self.answer
        }
        try await withTable(vendors() + [counting(.local)], limits: limits) { table in
            let id = try await table.start()
            _ = try await table.waiting(id)
            let house = try await table.start("In the house?", place: .house)
            #expect(try await table.waiting(house).rounds[0].complete)
        }
    }

    @Test func `has its limit where a vendor may speak for the local server`() async throws {
        let limits = Self.limits {
            $0.prices[.local] = Price(input: 0, output: 0)
            $0.budget.discussion = 1.5 * Self.answer
            $0.allowsExternalFallback = true
        }
        let broken = ScriptedVoice(.local, .fail(.unreachable(.refused)))
        try await withTable([broken, counting(.groq)], limits: limits) { table in
            let id = DiscussionID.random()
            let seats = Persona.panel.enumerated().map {
                Seat(seat: $0.offset + 1, persona: $0.element, provider: .local, model: "l")
            }
            let discussion = Discussion(
                id: id,
                owner: table.person,
                topic: "Why?",
                place: .any,
                panel: Panel(seats: seats),
                status: .running,
                activity: .round,
                roundLimit: 20,
                createdAt: Date(timeIntervalSince1970: 0),
                updatedAt: Date(timeIntervalSince1970: 0)
            )
            try await table.store.write { writer in try writer.insert(discussion) }
            try await table.engine.resumeOrphans()
            let after = try await table.waiting(id)
            #expect(after.rounds[0].messages.map(\.provider) == [.groq, .groq])
            #expect(after.rounds[0].messages.allSatisfy { $0.fallback })
            let house = try await table.start("At home?", place: .house)
            let stuck = try await table.waiting(house)
            #expect(stuck.rounds[0].messages.allSatisfy { !$0.finished && $0.provider == .local })
        }
    }
}

@Suite("A prompt that is too long for a model", .timeLimit(.minutes(5)))
struct OverflowTests {
    /// Refuses prompts beyond so many bytes, as llama.cpp does.
    private func small(_ id: ProviderID, bytes: Int, telling: Bool = true) -> ScriptedVoice {
        ScriptedVoice(id, scriptsJSON: true) { request, number in
            let length = request.messages.reduce(0) { $0 + $1.content.utf8.count }
            guard length <= bytes else {
                let lengths = ProviderError.ContextLengths(prompt: length / 3, context: bytes / 3)
                return [.fail(.contextOverflow(telling ? lengths : nil))]
            }
            if request.responseFormat != .text { return [.say(ScriptedVoice.openVerdict)] }
            return request.persona == nil
                ? [.say("In short.")] : [.say(String(repeating: "word ", count: 400))]
        }
    }

    @Test(arguments: [true, false])
    func `is met by a summary, and the same provider speaks on`(telling: Bool) async throws {
        let voice = small(.mistral, bytes: 6_000, telling: telling)
        let next = counting(.groq)
        try await withTable([voice, next]) { table in
            let id = try await table.start()
            _ = try await table.waiting(id)
            for round in 2...5 {
                try await table.proceed(id, "p\(round)")
                let after = try await table.store.transcript(id, of: table.person) {
                    $0.discussion.status == .waiting && $0.rounds.count == round
                }
                let analyzer = try #require(after.rounds.last?.messages.first)
                #expect(analyzer.provider == .mistral)
                #expect(!analyzer.fallback)
            }
            let after = try await table.now(id)
            #expect(!after.summaries.isEmpty)
            let refused = voice.asked.count { $0.messages.reduce(0) { $0 + $1.content.utf8.count } > 6_000 }
            // What is learnt once is not run into again and again.
            #expect(refused <= 3, "\(refused)")
        }
    }

    @Test func `that no summary can shorten is taken to the next provider`() async throws {
        let voice = small(.mistral, bytes: 1_000)
        try await withTable([voice, counting(.groq)]) { table in
            let id = try await table.start(String(repeating: "long topic ", count: 300))
            let message = try await table.waiting(id).rounds[0].messages[0]
            #expect(message.provider == .groq)
            #expect(message.fallback)
            // What cannot be shortened is not sent a second time.
            #expect(voice.asked.count { $0.persona == .analyzer } == 1)
        }
    }
}

/// Spends all its tokens on thoughts.
private struct Thinking: ChatProvider {
    let id = ProviderID.local
    let model = "local-model"
    let error: ProviderError

    func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        throw error
    }
}

/// Answers with a usage of its own.
private struct Charging: ChatProvider {
    let id = ProviderID.local
    let model = "local-model"
    let usage: TokenUsage?

    func answer(
        _ request: ChatRequest,
        onText: @escaping @Sendable (String) async throws -> Void
    ) async throws -> ChatCompletion {
        try await onText(request.responseFormat == .text ? "words" : ScriptedVoice.openVerdict)
        return ChatCompletion(finishReason: .stop, usage: usage, model: model)
    }
}
