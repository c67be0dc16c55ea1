import Domain
import Doubles
import Foundation
import Providers
import Synchronization
import TestSupport
import Testing

/// A clock that only sleeping moves, and that remembers each sleep.
private final class SleepingClock: Sendable {
    private let state = Mutex((now: ContinuousClock.now, slept: [Duration]()))

    var slept: [Duration] { state.withLock(\.slept) }

    func advance(by duration: Duration) { state.withLock { $0.now += duration } }

    /// A provider that lives by this clock.
    func guarded(
        _ voice: ScriptedVoice,
        timeout: Duration = .seconds(60),
        concurrency: Int = 1
    ) -> GuardedProvider {
        GuardedProvider(voice, timeout: timeout, concurrency: concurrency, timing: timing)
    }

    var timing: Timing {
        Timing(
            now: { self.state.withLock(\.now) },
            sleep: { duration in
                try Task.checkCancellation()
                self.state.withLock { state in
                    state.now += duration
                    state.slept.append(duration)
                }
            },
            chance: { 1 }
        )
    }
}

@Suite("A guarded provider", .timeLimit(.minutes(5)))
struct GuardedProviderTests {
    /// Fails so many times, then speaks.
    private func failing(_ fault: ProviderError.Fault, times: Int = .max) -> ScriptedVoice {
        ScriptedVoice(.groq) { _, number in number <= times ? [.fail(fault)] : [.say("Well.")] }
    }

    private func ask(_ provider: GuardedProvider) async throws -> String {
        let heard = Heard()
        try await provider.attempts { _ = try await $0.answer(question) { heard.take($0) } }
        return heard.text
    }

    static let passing: [ProviderError.Fault] = [
        .unreachable(.refused), .stalled, .rateLimited(retryAfter: nil),
        .unavailable(status: 408, retryAfter: nil), .unavailable(status: 503, retryAfter: nil), .cutOff,
        .malformed(.invalidJSON), .emptyAnswer,
    ]

    @Test(arguments: passing)
    func `tries again what may pass, three times in all, after longer and longer pauses`(
        fault: ProviderError.Fault
    ) async throws {
        let clock = SleepingClock()
        let voice = failing(fault)
        let provider = clock.guarded(voice, timeout: .seconds(600))
        await #expect(throws: ProviderError(provider: .groq, fault: fault)) { _ = try await ask(provider) }
        #expect(voice.asked.count == 3)
        let pauses = clock.slept.filter { $0 <= .seconds(8) }
        #expect(pauses.starts(with: [.milliseconds(500)]))
        #expect(pauses.contains(.seconds(1)))
        #expect(provider.state.retries == 2)
        #expect(provider.state.failures == 3)
    }

    @Test func `returns the first answer that comes`() async throws {
        let voice = failing(.unavailable(status: 502, retryAfter: nil), times: 2)
        #expect(try await ask(guarded([voice])[0]) == "Well.")
        #expect(voice.asked.count == 3)
    }

    @Test(
        arguments: [
            .unauthorized, .forbidden, .unpaid, .unknownModel, .wrongAddress, .contextOverflow(nil),
            .formatRefused, .rejected(status: 400, code: nil), .malformed(.notAStream),
        ] as [ProviderError.Fault]
    )
    func `does not try again what will not pass`(fault: ProviderError.Fault) async throws {
        let voice = failing(fault)
        await #expect(throws: ProviderError(provider: .groq, fault: fault)) {
            _ = try await ask(guarded([voice])[0])
        }
        #expect(voice.asked.count == 1)
    }

    @Test func `waits as long as Retry-After asks for, if its time allows that`() async throws {
        let clock = SleepingClock()
        let voice = failing(.unavailable(status: 503, retryAfter: .seconds(7)), times: 1)
        let provider = clock.guarded(voice, timeout: .seconds(8))
        #expect(try await ask(provider) == "Well.")
        #expect(clock.slept == [.seconds(7)])
    }

    @Test func `gives up at once when Retry-After goes beyond the time left`() async throws {
        let clock = SleepingClock()
        let fault = ProviderError.Fault.rateLimited(retryAfter: .seconds(61))
        let voice = failing(fault)
        let provider = clock.guarded(voice)
        await #expect(throws: ProviderError(provider: .groq, fault: fault)) { _ = try await ask(provider) }
        #expect(voice.asked.count == 1)
        #expect(clock.slept.isEmpty)
        // What the 429 taught holds for the next message too: nothing is sent before its time.
        await #expect(throws: ProviderError(provider: .groq, fault: .rateLimited(retryAfter: .seconds(61)))) {
            _ = try await ask(provider)
        }
        #expect(voice.asked.count == 1)
        #expect(provider.state.condition == .limited(.seconds(61)))
    }

    @Test func `has one timeout for all tries together`() async throws {
        let clock = SleepingClock()
        // Each try takes 25 of the 60 seconds, and asks for a pause of 10.
        let fault = ProviderError.Fault.unavailable(status: 503, retryAfter: .seconds(10))
        let voice = ScriptedVoice(.groq) { _, _ in
            clock.advance(by: .seconds(25))
            return [.fail(fault)]
        }
        let provider = clock.guarded(voice)
        await #expect(throws: ProviderError(provider: .groq, fault: fault)) { _ = try await ask(provider) }
        // 25 + 10 + 25 leave no time for a third.
        #expect(voice.asked.count == 2)
        #expect(clock.slept == [.seconds(10)])
    }

    @Test func `is left alone after five failures in a row, and tried once 30 seconds later`() async throws {
        let clock = SleepingClock()
        let voice = failing(.unreachable(.refused), times: 5)
        let provider = clock.guarded(voice)
        _ = try? await ask(provider)
        // The second message's second failure is the fifth in a row.
        await #expect(throws: ProviderError(provider: .groq, fault: .unreachable(.refused))) {
            _ = try await ask(provider)
        }
        #expect(voice.asked.count == 5)
        await #expect { _ = try await ask(provider) } throws: { error in
            guard case .breakerOpen? = (error as? ProviderError)?.fault else { return false }
            return true
        }
        #expect(voice.asked.count == 5)
        guard case .resting = provider.state.condition else {
            Issue.record("\(provider.state.condition)")
            return
        }
        clock.advance(by: .seconds(30))
        // The rest is over; only an answer tells more.
        #expect(provider.state.condition == .failing)
        #expect(try await ask(provider) == "Well.")
        #expect(provider.state.condition == .up)
    }

    @Test func `is not left alone for what is wrong with a request`() async throws {
        let voice = failing(.rejected(status: 400, code: nil), times: 20)
        let provider = guarded([voice])[0]
        for _ in 0..<20 { _ = try? await ask(provider) }
        #expect(voice.asked.count == 20)
        #expect(try await ask(provider) == "Well.")
    }

    @Test func `is asked for so many answers at once, and no more`() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.groq, .wait(gate), .say("Well."))
        let provider = guarded([voice], concurrency: 2)[0]
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<5 { group.addTask { try await ask(provider) } }
            try await eventually { voice.asked.count == 2 && provider.state.waiting == 3 }
            gate.open()
            for try await answer in group { #expect(answer == "Well.") }
        }
        #expect(voice.asked.count == 5)
    }

    @Test func `lets others through as soon as a trial speaks, not only when it has ended`() async throws {
        let clock = SleepingClock()
        let gate = Gate()
        let voice = ScriptedVoice(.groq) { _, number in
            number <= 5
                ? [.fail(.unreachable(.refused))]
                : number == 6 ? [.say("Well."), .wait(gate)] : [.say("Me too.")]
        }
        let provider = clock.guarded(voice, concurrency: 2)
        for _ in 0..<2 { _ = try? await ask(provider) }
        clock.advance(by: .seconds(30))
        let heard = Heard()
        async let trial: Void = provider.attempts { _ = try await $0.answer(question) { heard.take($0) } }
        try await eventually { heard.text == "Well." }
        #expect(try await ask(provider) == "Me too.")
        gate.open()
        try await trial
    }

    @Test func `takes nobody in for ever: who finds no room in time is told so`() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.groq, .wait(gate), .say("Well."))
        let provider = GuardedProvider(voice, timeout: .milliseconds(300), concurrency: 1)
        let first = Task { try await ask(provider) }
        try await eventually { voice.asked.count == 1 }
        // The first one's time runs out as well, so whoever comes first tells.
        await #expect(throws: ProviderError.self) { _ = try await ask(provider) }
        await #expect(throws: ProviderError(provider: .groq, fault: .timeout)) { _ = try await first.value }
        gate.open()
    }

    @Test func `a trial that is given up, or held back by the pace, makes way for the next`() async throws {
        let clock = SleepingClock()
        let gate = Gate()
        let voice = ScriptedVoice(.groq) { _, number in
            number <= 5 ? [.fail(.unreachable(.refused))] : number == 6 ? [.wait(gate)] : [.say("Well.")]
        }
        let provider = clock.guarded(voice, concurrency: 2)
        for _ in 0..<2 { _ = try? await ask(provider) }
        clock.advance(by: .seconds(30))
        let trial = Task { try await ask(provider) }
        try await eventually { voice.asked.count == 6 }
        trial.cancel()
        await #expect(throws: CancellationError.self) { _ = try await trial.value }
        #expect(try await ask(provider) == "Well.")
    }

    @Test func `lets go of whoever stops waiting for room`() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.groq, .wait(gate), .say("Well."))
        let provider = guarded([voice], concurrency: 1)[0]
        async let first = ask(provider)
        try await eventually { voice.asked.count == 1 }
        let second = Task { try await ask(provider) }
        try await eventually { provider.state.waiting == 1 }
        second.cancel()
        await #expect(throws: CancellationError.self) { _ = try await second.value }
        #expect(provider.state.waiting == 0)
        gate.open()
        #expect(try await first == "Well.")
        #expect(try await ask(provider) == "Well.")
    }
}
