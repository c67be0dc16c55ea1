import Domain

/// A round in a Markdown document: the positions, then what the person was asked and said.
enum RoundMarkdown {
    static func parts(_ round: Round) -> [String] {
        var parts = ["## Round \(round.number)" + (round.complete ? "" : " (not complete)")]
        for message in round.messages where message.finished {
            parts += ["### \(message.persona.name)", smallPrint(message)]
            parts.append(MarkdownText.quoted(message.content))
        }
        if let set = round.questionSet {
            parts.append(round.answers == nil ? "### Questions, not answered" : "### Questions and answers")
            parts += set.questions.map { question($0, round.answers) }
        }
        for input in round.userInput { parts += ["### The person's remark", MarkdownText.quoted(input)] }
        return parts
    }

    private static func smallPrint(_ message: Message) -> String {
        var words = ["turn \(message.turn)", "\(message.provider.displayName), \(message.model)"]
        if message.fallback { words.append("fallback") }
        if message.truncated { words.append("cut short") }
        if let prompt = message.promptTokens, let completion = message.completionTokens {
            words.append("\(prompt) + \(completion) tokens")
        }
        if let cost = message.cost, cost > 0 { words.append(Dollars.text(cost)) }
        words.append("prompts \(message.promptVersion)")
        return MarkdownText.line(words.joined(separator: " · "))
    }

    private static func question(_ question: Question, _ answers: [Answer]?) -> String {
        let answer = answers?.first { $0.question == question.id }
        let options = question.options.map { option in
            let tick = answer?.options.contains(option.id) == true ? "x" : " "
            return "- [\(tick)] \(MarkdownText.line(option.text))"
        }
        var parts = [MarkdownText.line(question.text), options.joined(separator: "\n")]
        if let answer, !answer.text.isEmpty { parts.append(MarkdownText.quoted(answer.text)) }
        return parts.joined(separator: "\n\n")
    }
}
