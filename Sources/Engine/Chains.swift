package import Domain
import Providers

extension Engine {
    /// The providers to try for a seat, in order.
    nonisolated func chain(for seat: Seat, in discussion: Discussion) -> [GuardedProvider] {
        voices.chain(
            for: seat,
            place: discussion.place,
            localMayLeave: limits.allowsExternalFallback
        )
    }

    /// What is known of the providers that would speak for a seat, in the order in which they are tried.
    package nonisolated func providers(for seat: Seat, place: Place) -> [ProviderState] {
        voices.chain(for: seat, place: place, localMayLeave: limits.allowsExternalFallback).map(\.state)
    }

    /// The chain of judge, summary, questions and conclusion: the moderator's seat, else the last one's.
    nonisolated func writers(of discussion: Discussion) -> [GuardedProvider] {
        discussion.panel.writer.map { chain(for: $0, in: discussion) } ?? []
    }

    /// The tokens that the prompt for a summary, questions or a verdict may have.
    nonisolated func writingBudget(at provider: GuardedProvider) -> Int {
        budget(at: provider, answer: limits.writingTokens)
    }

    /// The tokens that a prompt may have, by our estimate, which leaves room for an answer of so many.
    nonisolated func budget(at provider: GuardedProvider, answer: Int) -> Int {
        let longest = min(limits.promptTokens, voices.longestPrompt(at: provider) ?? .max)
        guard provider.id == .local, let context = limits.localContext else { return longest }
        return max(Voices.shortestPrompt, min(longest, context - answer))
    }

    /// What is known of each provider.
    package nonisolated var providers: [ProviderState] { voices.states }
}
