import Domain
import Doubles
import Engine
import Providers
import Synchronization
import TestSupport
import Testing

@Suite("The watch over the providers", .timeLimit(.minutes(5)))
struct ProviderWatchTests {
    @Test("tells of each provider whether it answers, and of the others why not in a sentence")
    func report() async {
        let error = ProviderError(provider: .groq, fault: .unauthorized)
        let voices = [counting(.groq), counting(.local)]
        let report = await ProviderWatch(providers: guarded(voices, health: [.groq: .down(error)])).report()
        #expect(report.map(\.condition) == [.failing, .reachable])
        #expect(report.map(\.lastFailure?.sentence) == [error.sentence, nil])
    }

    @Test("asks each provider once, however many look at once")
    func once() async {
        let asked = Mutex(0)
        let gate = Gate()
        let provider = GuardedProvider(counting(.local), timeout: .seconds(9), concurrency: 1) {
            asked.withLock { $0 += 1 }
            try? await gate.opened()
            return .up
        }
        let watch = ProviderWatch(providers: [provider])
        await withTaskGroup(of: [ProviderState].self) { group in
            for _ in 0..<50 { group.addTask { await watch.report() } }
            gate.open()
            for await report in group { #expect(report.map(\.condition) == [.reachable]) }
        }
        _ = await watch.report()
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("leaves a provider alone that discussions ask anyway")
    func busy() async throws {
        let asked = Mutex(0)
        let provider = GuardedProvider(
            counting(.local),
            timeout: .seconds(9),
            concurrency: 1
        ) {
            asked.withLock { $0 += 1 }
            return .up
        }
        _ = try await provider.attempts { attempt in
            try await attempt.answer(ChatRequest(messages: [], maxTokens: 1)) { _ in }
        }
        _ = await ProviderWatch(providers: [provider]).report()
        #expect(asked.withLock { $0 } == 0)
        #expect(provider.state.condition == .up)
    }

    @Test("is not believed where a provider lists its models, but refuses to speak")
    func blind() async throws {
        let voice = ScriptedVoice(.groq, .fail(.unknownModel))
        let provider = GuardedProvider(voice, timeout: .seconds(9), concurrency: 1) { .up }
        _ = try? await provider.attempts { attempt in
            try await attempt.answer(ChatRequest(messages: [], maxTokens: 1)) { _ in }
        }
        await provider.probe(ifIdleFor: .zero)
        #expect(provider.state.condition == .failing)
    }

    @Test("has nothing to tell without providers")
    func empty() async {
        #expect(await ProviderWatch(providers: []).report().isEmpty)
    }
}
