package import Domain
package import Providers

/// What a seat is asked when its turn comes.
package enum SeatPrompt {
    /// Room that is kept for a summary when its length is not known yet, in tokens.
    private static let summaryReserve = 400

    /// The messages of the request: who the persona is, the material, and the call to speak.
    ///
    /// - Parameter budget: in tokens, by ``Tokens/estimate(_:)``. Where even a summary leaves too much,
    ///   the oldest complete rounds are left out, and the prompt says so.
    package static func build(
        for seat: Seat,
        round: Int,
        in transcript: Transcript,
        files: FileMaterial = .none,
        budget: Int = .max
    ) -> [ChatMessage] {
        let system = system(seat, transcript)
        let fixed =
            Tokens.estimate(system) + files.tokens
            + Tokens.estimate(parts(seat, round, transcript, .none, [], false))
        var earlier = complete(before: round, in: transcript)
        var cost = earlier.map { Tokens.estimate($0.text) }
        var leftOut = false
        while !earlier.isEmpty, fixed + cost.reduce(0, +) > budget {
            earlier.removeFirst()
            cost.removeFirst()
            leftOut = true
        }
        return [
            ChatMessage(role: .system, content: system),
            ChatMessage(
                role: .user,
                content: parts(seat, round, transcript, files, earlier.map(\.text), leftOut),
                pictures: files.pictures
            ),
        ]
    }

    /// The last round that a summary should cover so that the prompt fits again; nil while it fits.
    ///
    /// As few rounds as bring the prompt down to half of the budget, so that not every round is summed up.
    package static func roundsToSum(
        for seat: Seat,
        round: Int,
        in transcript: Transcript,
        files: FileMaterial = .none,
        budget: Int
    ) -> Int? {
        let earlier = complete(before: round, in: transcript)
        guard let newest = earlier.last else { return nil }
        let fixed =
            Tokens.estimate(system(seat, transcript)) + files.tokens
            + Tokens.estimate(parts(seat, round, transcript, .none, [], false))
        var rest = earlier.reduce(0) { $0 + Tokens.estimate($1.text) }
        guard fixed + rest > budget else { return nil }
        for (number, text) in earlier {
            rest -= Tokens.estimate(text)
            if fixed + rest + summaryReserve <= budget / 2 { return number }
        }
        return newest.number
    }

    private static func system(_ seat: Seat, _ transcript: Transcript) -> String {
        PromptLibrary.system(for: seat.persona, voices: transcript.discussion.panel.seats.count)
    }

    private static func parts(
        _ seat: Seat,
        _ round: Int,
        _ transcript: Transcript,
        _ files: FileMaterial,
        _ earlier: [String],
        _ leftOut: Bool
    ) -> String {
        var parts = [Material.block("topic", transcript.discussion.topic)] + files.parts
        if let summary = transcript.summaries.last, summary.throughRound < round {
            parts.append("Summary of the rounds so far, up to round \(summary.throughRound):")
            parts.append(Material.block("summary", summary.content))
            // What the person said after the last summed-up round belongs to the round that follows.
            if let last = transcript.rounds.first(where: { $0.number == summary.throughRound }) {
                parts += RoundMaterial.person(last)
            }
        }
        if leftOut { parts.append("(Some earlier rounds are left out here.)") }
        parts += earlier
        let now = transcript.rounds.first { $0.number == round }
        let said = now?.messages.filter(\.finished) ?? []
        if !said.isEmpty {
            parts.append("Said so far in this round:")
            parts += said.map(RoundMaterial.said)
        }
        if let now { parts += RoundMaterial.person(now) }
        parts.append(
            said.isEmpty
                ? "You open this round. Speak now, \(seat.persona.name)."
                : "Speak now, \(seat.persona.name)."
        )
        return parts.joined(separator: "\n\n")
    }

    private static func complete(
        before round: Int,
        in transcript: Transcript
    ) -> [(number: Int, text: String)] {
        let covered = transcript.summaries.last?.throughRound ?? 0
        return transcript.rounds.filter { $0.number < round && $0.number > covered }
            .map { ($0.number, RoundMaterial.whole($0)) }
    }
}
