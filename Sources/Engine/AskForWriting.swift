package import Domain
import Store

extension Engine {
    /// Has a model write questions about the current round.
    ///
    /// The request is what is acknowledged.
    package func generateQuestions(
        _ command: Command,
        discussion id: DiscussionID
    ) async throws -> Acknowledgement {
        try await act(command, on: id, { _ in .generateQuestions })
    }

    /// Has a model sum the discussion up.
    ///
    /// The request is what is acknowledged.
    package func generateSummary(
        _ command: Command,
        discussion id: DiscussionID
    ) async throws -> Acknowledgement {
        try await act(command, on: id, { _ in .generateSummary })
    }

    /// Ends the discussion: with the person's words at once, without them once a model has written the
    /// conclusion.
    package func resolve(
        _ command: Command,
        discussion id: DiscussionID,
        conclusion: String?
    ) async throws -> Acknowledgement {
        try await act(command, on: id, { _ in .resolve(withWords: conclusion != nil) }) {
            writer,
            transcript,
            _ in
            guard let conclusion else { return }
            try writer.resolve(
                Resolution(
                    reason: .person,
                    round: transcript.rounds.last?.number ?? 0,
                    conclusion: conclusion
                ),
                of: id
            )
        }
    }
}
