package import Domain
import Store

extension Engine {
    /// All remarks to one round together, in Unicode scalars: every prompt of the next round carries them.
    private static let longestRemarks = 20_000

    /// Goes on: the incomplete round at its first seat that has not finished, else a new round.
    ///
    /// - Throws: as all actions, see ``act``.
    package func proceed(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        try await act(command, on: id, { _ in .proceed })
    }

    /// Records a remark that the seats to speak next must take up, and goes on with it if `proceed`.
    package func addInput(
        _ command: Command,
        discussion id: DiscussionID,
        input: String,
        proceed: Bool
    ) async throws -> Acknowledgement {
        try await act(command, on: id, { _ in .addInput(proceed: proceed) }) { writer, transcript, _ in
            let round = transcript.rounds.last?.number ?? 0
            let before = transcript.rounds.last?.userInput.reduce(0) { $0 + $1.unicodeScalars.count } ?? 0
            guard before + input.unicodeScalars.count <= Self.longestRemarks else {
                throw InvalidText(
                    field: "input",
                    message: "The remarks to this round would be longer than \(Self.longestRemarks) "
                        + "characters together. Please go on first."
                )
            }
            try writer.insertUserInput(input, round: round, of: id)
            // The remark itself leaves the discussion waiting; the step that follows tells of its own.
            try writer.append(
                .userInput(.init(round: round, input: input, status: .waiting)),
                of: id
            )
        }
    }

    /// Records the answers to the round's open questions, and goes on with them.
    ///
    /// - Throws: `InvalidText` for answers that do not fit the questions, or were given before.
    package func submitAnswers(
        _ command: Command,
        discussion id: DiscussionID,
        round: Int,
        answers: [Answer]
    ) async throws -> Acknowledgement {
        try await act(command, on: id, { _ in .submitAnswers }) { writer, transcript, _ in
            guard let current = transcript.rounds.last, current.number == round,
                let set = current.questionSet
            else { throw InvalidText(field: "round", message: "Round \(round) has no open questions.") }
            let checked = try set.check(answers)
            try writer.insert(checked, to: set.id)
            try writer.append(
                .answersSubmitted(.init(round: round, answers: checked, status: .waiting)),
                of: id
            )
        }
    }
}
