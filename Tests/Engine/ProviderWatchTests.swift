import Domain
import Engine
import Providers
import Synchronization
import TestSupport
import Testing

@Suite("The watch over the providers", .timeLimit(.minutes(1)))
struct ProviderWatchTests {
    @Test("tells of each provider whether it answers, and of the others why not in a sentence")
    func report() async {
        let error = ProviderError(provider: .groq, fault: .unauthorized)
        let watch = ProviderWatch(probes: [.groq: { .down(error) }, .local: { .up }])
        let report = await watch.report()
        #expect(report == [.groq: error.sentence, .local: nil])
    }

    @Test("asks each provider once, however many look at once")
    func once() async {
        let asked = Mutex(0)
        let gate = Gate()
        let watch = ProviderWatch(probes: [
            .local: {
                asked.withLock { $0 += 1 }
                try? await gate.opened()
                return .up
            }
        ])
        await withTaskGroup(of: [ProviderID: String?].self) { group in
            for _ in 0..<50 { group.addTask { await watch.report() } }
            gate.open()
            for await report in group { #expect(report == [.local: nil]) }
        }
        _ = await watch.report()
        #expect(asked.withLock { $0 } == 1)
    }

    @Test("has nothing to tell without providers")
    func empty() async {
        #expect(await ProviderWatch(probes: [:]).report().isEmpty)
    }
}
