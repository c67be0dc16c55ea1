import Domain

/// What a discussion came to: the conclusion, who agrees, who does not, what stays open.
enum ConclusionMarkdown {
    static func parts(_ resolution: Resolution) -> [String] {
        var parts = ["## Conclusion", MarkdownText.quoted(resolution.conclusion)]
        let agree = resolution.agree.map(MarkdownText.line).joined(separator: ", ")
        if !agree.isEmpty { parts.append("Agreed by: \(agree)") }
        parts.append(why(resolution))
        if !resolution.dissent.isEmpty {
            parts.append("### Dissent")
            parts.append(
                resolution.dissent.map {
                    "- \(MarkdownText.line($0.persona)): \(MarkdownText.line($0.view))"
                }.joined(separator: "\n")
            )
        }
        if !resolution.openQuestions.isEmpty {
            parts.append("### Open questions")
            parts.append(
                resolution.openQuestions.map { "- \(MarkdownText.line($0))" }.joined(separator: "\n")
            )
        }
        return parts
    }

    private static func why(_ resolution: Resolution) -> String {
        let reason =
            switch resolution.reason {
            case .agreed: "The table came to agree after round \(resolution.round)."
            case .person: "The person closed the discussion after round \(resolution.round)."
            case .maxTurns: "The discussion reached its last round, \(resolution.round)."
            }
        guard let provider = resolution.provider, let model = resolution.model else { return reason }
        return reason + " Written by \(provider.displayName), \(MarkdownText.line(model))."
    }
}
