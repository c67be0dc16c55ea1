package import Domain

/// A discussion as a Markdown document, to be kept or sent on.
package enum DiscussionMarkdown {
    package static func render(_ transcript: Transcript) -> String {
        let discussion = transcript.discussion
        var parts = ["# \(discussion.title)"]
        if discussion.title != discussion.topic { parts.append(quoted(discussion.topic)) }
        parts.append(
            "Started \(discussion.createdAt.iso8601) · \(discussion.status.rawValue)\n\n"
                + discussion.panel.seats.map {
                    "- \($0.persona.name): \($0.provider.displayName), \($0.model)"
                }.joined(separator: "\n")
        )
        if !transcript.files.isEmpty {
            parts.append("## Files")
            // A name is a person's: its signs must not become Markdown.
            parts.append(
                transcript.files.map { file in
                    let name = file.name.replacing(/[\\`*_\[\]<>&#|]/) { "\\\($0.output)" }
                    return "- \(name): \(file.type.rawValue), \(file.size) bytes, SHA-256 `\(file.sha256)`"
                }.joined(separator: "\n")
            )
        }
        if let resolution = transcript.resolution { parts += conclusion(resolution) }
        for round in transcript.rounds { parts += self.round(round) }
        return parts.joined(separator: "\n\n") + "\n"
    }

    private static func conclusion(_ resolution: Resolution) -> [String] {
        var parts = ["## Conclusion", resolution.conclusion]
        if !resolution.agree.isEmpty {
            parts.append("Agreed by: \(resolution.agree.joined(separator: ", "))")
        }
        if !resolution.dissent.isEmpty {
            parts.append(
                "### Dissent\n\n"
                    + resolution.dissent.map { "- **\($0.persona)**: \($0.view)" }.joined(separator: "\n")
            )
        }
        if !resolution.openQuestions.isEmpty {
            parts.append(
                "### Open questions\n\n"
                    + resolution.openQuestions.map { "- \($0)" }.joined(separator: "\n")
            )
        }
        return parts
    }

    private static func round(_ round: Round) -> [String] {
        var parts = ["## Round \(round.number)"]
        for message in round.messages where message.finished {
            let fallback = message.fallback ? ", fallback" : ""
            let cut = message.truncated ? ", cut short" : ""
            parts.append("### \(message.persona.name)")
            parts.append("*\(message.provider.displayName), \(message.model)\(fallback)\(cut)*")
            parts.append(message.content)
        }
        if let set = round.questionSet {
            parts.append("### Questions")
            parts += set.questions.map { question in
                let answer = round.answers?.first { $0.question == question.id }
                let options = question.options.map { option in
                    "- [\(answer?.options.contains(option.id) == true ? "x" : " ")] \(option.text)"
                }
                let words = answer.map { $0.text.isEmpty ? "" : "\n\n" + quoted($0.text) } ?? ""
                return "**\(question.text)**\n\n" + options.joined(separator: "\n") + words
            }
        }
        for input in round.userInput { parts.append("### Remark\n\n\(quoted(input))") }
        return parts
    }

    private static func quoted(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" }
            .joined(separator: "\n")
    }
}
