package import Domain
import Store

extension Engine {
    /// Puts a resolved discussion back to waiting, for as many rounds more as a new one may have.
    package func reopen(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        let rounds = limits.maxRounds
        return try await act(command, on: id, takesUp: false, { _ in .reopen(rounds: rounds) }) {
            writer,
            transcript,
            _ in
            try writer.reopen(id)
            try writer.update(id, roundLimit: (transcript.rounds.last?.number ?? 0) + rounds)
            try writer.append(.discussionReopened(.init(status: .waiting)), of: id)
        }
    }
}
