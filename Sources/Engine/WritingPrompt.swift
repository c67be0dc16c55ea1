import Domain
import Providers

/// What is asked of the model that writes about a discussion: questions, a summary, a verdict.
enum WritingPrompt {
    static func questions(round: Int, in transcript: Transcript, budget: Int) -> [ChatMessage] {
        build(PromptLibrary.questions, rounds: round...round, in: transcript, budget: budget)
    }

    static func summary(throughRound round: Int, in transcript: Transcript, budget: Int) -> [ChatMessage] {
        build(PromptLibrary.summary, rounds: 1...max(1, round), in: transcript, budget: budget)
    }

    static func verdict(
        rounds: ClosedRange<Int>,
        in transcript: Transcript,
        budget: Int
    ) -> [ChatMessage] {
        build(PromptLibrary.verdict, rounds: rounds, in: transcript, budget: budget)
    }

    static func repair(fault: String) -> String {
        PromptLibrary.repair.replacing("{{fault}}", with: fault)
    }

    private static func build(
        _ task: String,
        rounds: ClosedRange<Int>,
        in transcript: Transcript,
        budget: Int
    ) -> [ChatMessage] {
        var parts = [Material.block("topic", transcript.discussion.topic)]
        // By name alone: what of them matters is in what was said.
        if !transcript.files.isEmpty { parts.append(FileMaterial.names(transcript.files)) }
        let covered = transcript.summaries.last?.throughRound ?? 0
        if let summary = transcript.summaries.last {
            parts.append("Summary of the rounds up to round \(covered):")
            parts.append(Material.block("summary", summary.content))
        }
        let used = Tokens.estimate(task) + parts.reduce(0) { $0 + Tokens.estimate($1) }
        // Rounds that the summary covers are material only where just they are asked about.
        let asked = transcript.rounds.filter { rounds.contains($0.number) }
        let fresh = rounds.count == 1 ? asked : asked.filter { $0.number > covered }
        let whole = fresh.map(RoundMaterial.whole)
        let room = max(0, budget - used)
        if whole.reduce(0, { $0 + Tokens.estimate($1) }) <= room {
            parts += whole
        } else {
            // Each message gives way alike, so that none is lost wholly.
            let messages = max(1, fresh.reduce(0) { $0 + $1.messages.count })
            let share = max(60, room * 3 / messages)
            parts += fresh.map { RoundMaterial.whole($0.cut(toBytes: share)) }
        }
        parts.append("Answer now.")
        return [
            ChatMessage(role: .system, content: task),
            ChatMessage(role: .user, content: parts.joined(separator: "\n\n")),
        ]
    }
}

extension Round {
    /// The round with its messages cut to at most so many bytes each, at a character.
    fileprivate func cut(toBytes limit: Int) -> Round {
        var round = self
        round.messages = messages.map { message in
            var message = message
            guard message.content.utf8.count > limit else { return message }
            var text = ""
            var bytes = 0
            for character in message.content {
                bytes += character.utf8.count
                if bytes > limit { break }
                text.append(character)
            }
            message.content = text + " …"
            return message
        }
        return round
    }
}
