import Domain
import Providers
import Synchronization

/// What is being done for a discussion has used, and is not yet written down.
///
/// An answer that breaks off or is cut off is billed by the vendor too, but nobody tells how much: it is
/// counted by our estimate.
final class Bill: Sendable {
    /// An answer that is being given.
    private struct Open {
        let provider: ProviderID
        let model: String
        let purpose: Usage.Purpose
        let promptTokens: Int
        var text = 0
    }

    private struct State {
        var next = 0
        var open: [Int: Open] = [:]
        var settled: [Usage] = []
    }

    private let prices: [ProviderID: Price]
    private let state = Mutex(State())

    init(prices: [ProviderID: Price]) {
        self.prices = prices
    }

    /// An answer is asked for; the number names it.
    func open(_ request: ChatRequest, _ purpose: Usage.Purpose, at provider: GuardedProvider) -> Int {
        state.withLock { state in
            state.next += 1
            state.open[state.next] = Open(
                provider: provider.id,
                model: provider.model,
                purpose: purpose,
                promptTokens: Tokens.estimate(request)
            )
            return state.next
        }
    }

    func heard(_ text: String, of number: Int) {
        state.withLock { $0.open[number]?.text += text.utf8.count }
    }

    /// The answer is complete.
    ///
    /// - Returns: what it has used; nil if it was taken as broken off before.
    func close(_ number: Int, _ completion: ChatCompletion) -> Usage? {
        state.withLock { state in
            guard let open = state.open.removeValue(forKey: number) else { return nil }
            let usage = usage(of: open, completion)
            state.settled.append(usage)
            return usage
        }
    }

    /// The answer has failed.
    func breakOff(_ number: Int) {
        state.withLock { state in
            guard let open = state.open.removeValue(forKey: number), open.text > 0 else { return }
            state.settled.append(usage(of: open, nil))
        }
    }

    /// What is to be written down now; what is still being said counts as broken off here.
    func takeAll() -> [Usage] {
        state.withLock { state in
            let brokenOff = state.open.values.filter { $0.text > 0 }.map { usage(of: $0, nil) }
            defer { (state.settled, state.open) = ([], [:]) }
            return state.settled + brokenOff
        }
    }

    /// What is to be written down now, without what is still being said.
    func takeSettled() -> [Usage] {
        state.withLock { state in
            defer { state.settled = [] }
            return state.settled
        }
    }

    /// It could not be written down after all.
    func putBack(_ usages: [Usage]) {
        state.withLock { $0.settled += usages }
    }

    private func usage(of open: Open, _ completion: ChatCompletion?) -> Usage {
        let promptTokens = completion?.usage?.promptTokens ?? open.promptTokens
        let completionTokens = completion?.usage?.completionTokens ?? Tokens.estimate(bytes: open.text)
        return Usage(
            provider: open.provider,
            model: completion?.model ?? open.model,
            purpose: open.purpose,
            promptTokens: promptTokens,
            completionTokens: completionTokens,
            cost: completion?.usage?.cost
                ?? prices[open.provider]?.cost(
                    promptTokens: promptTokens,
                    completionTokens: completionTokens
                )
        )
    }
}
