import Domain

/// A round as material of a prompt: what the seats said, then what the person said to it.
enum RoundMaterial {
    static func whole(_ round: Round) -> String {
        (["Round \(round.number):"] + round.messages.filter(\.finished).map(said) + person(round))
            .joined(separator: "\n\n")
    }

    static func said(_ message: Message) -> String {
        Material.block("message", from: message.persona.name, message.content)
    }

    /// The person's answers and remarks, with the words that make them count.
    static func person(_ round: Round) -> [String] {
        var parts: [String] = []
        if let set = round.questionSet, let answers = round.answers {
            parts.append("The person was asked, and answered. Take it up:")
            parts += answers.compactMap { answer in
                set.questions.first { $0.id == answer.question }.map { self.answer(answer, to: $0) }
            }
        }
        if !round.userInput.isEmpty {
            parts.append("The person says. Take it up:")
            parts += round.userInput.map { Material.block("remark", $0) }
        }
        return parts
    }

    private static func answer(_ answer: Answer, to question: Question) -> String {
        let ticked = question.options.filter { answer.options.contains($0.id) }.map(\.text)
        var lines = ["Question: \(question.text)"]
        if !ticked.isEmpty { lines.append("Chosen: \(ticked.joined(separator: "; "))") }
        if !answer.text.isEmpty { lines.append("In their words: \(answer.text)") }
        return Material.block("answer", lines.joined(separator: "\n"))
    }
}
