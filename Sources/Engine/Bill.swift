import Domain
import Providers
import Synchronization

/// What is being done for a discussion has used, and is not yet written down.
///
/// An answer that breaks off or is cut off is billed by the vendor too, but nobody tells how much: it is
/// counted by our estimate.
final class Bill: Sendable {
    /// An answer that is being given.
    fileprivate struct Open: Sendable {
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

    /// What was taken to be written down; it goes back if it could not be.
    struct Taken: Sendable {
        fileprivate let settled: [Usage]
        fileprivate let open: [Int: Open]
        /// What is still being said counts as broken off here.
        let usages: [Usage]
        /// Of a message that is being spoken.
        let message: Usage?
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
    func breakOff(_ number: Int, _ error: any Error) {
        state.withLock { state in
            guard let open = state.open.removeValue(forKey: number) else { return }
            let error = error as? ProviderError
            // What the provider refused at once, it did not work on.
            guard open.text > 0 || error?.mayCharge != false else { return }
            state.settled.append(usage(of: open, nil, told: error?.usage))
        }
    }

    /// What is to be written down now, where the step ends here.
    func takeAll() -> Taken {
        state.withLock { state in
            defer { (state.settled, state.open) = ([], [:]) }
            let brokenOff = state.open.values.map { usage(of: $0, nil) }
            return Taken(
                settled: state.settled,
                open: state.open,
                usages: state.settled + brokenOff,
                message: brokenOff.last { $0.purpose == .message }
            )
        }
    }

    /// What is to be written down now, without what is still being said.
    func takeSettled() -> Taken {
        state.withLock { state in
            defer { state.settled = [] }
            return Taken(settled: state.settled, open: [:], usages: state.settled, message: nil)
        }
    }

    /// It could not be written down after all.
    func putBack(_ taken: Taken) {
        state.withLock { state in
            state.settled += taken.settled
            state.open.merge(taken.open) { now, _ in now }
        }
    }

    private func usage(of open: Open, _ completion: ChatCompletion?, told: TokenUsage? = nil) -> Usage {
        let told = completion?.usage ?? told
        let promptTokens = told?.promptTokens ?? open.promptTokens
        let completionTokens = told?.completionTokens ?? Tokens.estimate(bytes: open.text)
        return Usage(
            provider: open.provider,
            model: completion?.model ?? open.model,
            purpose: open.purpose,
            promptTokens: promptTokens,
            completionTokens: completionTokens,
            cost: told?.cost
                ?? prices[open.provider]?.cost(
                    promptTokens: promptTokens,
                    completionTokens: completionTokens
                )
        )
    }
}
