package import Domain

/// A discussion as a Markdown document: a record of what was decided, by whom, and how.
package enum DiscussionMarkdown {
    /// The whole: question, conclusion, panel, rounds, summaries.
    package static func render(_ record: DiscussionRecord) -> String {
        let discussion = record.discussion
        let transcript = record.transcript
        var parts = ["# \(MarkdownText.line(discussion.title))"]
        parts += ["## Question", MarkdownText.quoted(discussion.topic), facts(record)]
        if let resolution = transcript.resolution {
            parts += ConclusionMarkdown.parts(resolution)
        } else {
            parts += ["## Conclusion", "There is none yet."]
        }
        parts += panel(discussion.panel)
        // Said before the first round: it has no round to stand in.
        for remark in record.remarks where remark.round == 0 {
            parts += ["## The person's remark before the first round", MarkdownText.quoted(remark.input)]
        }
        for round in transcript.rounds { parts += RoundMarkdown.parts(round) }
        parts += summaries(transcript.summaries)
        parts += reopened(record)
        parts += files(record.files)
        return document(parts)
    }

    /// One round, for copying.
    package static func round(_ round: Round) -> String { document(RoundMarkdown.parts(round)) }

    /// One message, for copying: its words, as the model wrote them.
    package static func message(_ message: Message) -> String {
        message.content.hasSuffix("\n") ? message.content : message.content + "\n"
    }

    /// The conclusion with dissent and open questions, for copying.
    package static func conclusion(_ resolution: Resolution) -> String {
        document(ConclusionMarkdown.parts(resolution))
    }

    private static func document(_ parts: [String]) -> String { parts.joined(separator: "\n\n") + "\n" }

    private static func facts(_ record: DiscussionRecord) -> String {
        let discussion = record.discussion
        let cost = discussion.cost
        let money = cost.usd.map {
            "\(cost.unpriced > 0 ? "more than " : "")\(Dollars.text($0))"
        }
        let versions = Set(
            record.rounds.flatMap(\.messages).map(\.message.promptVersion)
                + record.summaries.map(\.summary.promptVersion)
        ).sorted()
        let status =
            switch discussion.status {
            case .running: "not finished: the table is speaking"
            case .waiting: "open: it waits for the person"
            case .resolved: "resolved"
            }
        var lines = [
            "Started: \(discussion.createdAt.iso8601)",
            "Last changed: \(discussion.updatedAt.iso8601)",
            "Status: \(status)",
            "Rounds: \(record.rounds.filter(\.complete).count) complete, at most \(discussion.roundLimit)",
            "Where the words may go: "
                + (discussion.place == .house ? "the house's own model server only" : "any provider"),
            "Tokens: \(cost.promptTokens) read, \(cost.completionTokens) written",
            "Cost: \(money ?? "not known")",
        ]
        if !versions.isEmpty { lines.append("Prompts: version \(versions.joined(separator: ", "))") }
        lines.append("Discussion: \(discussion.id)")
        return lines.map { "- \($0)" }.joined(separator: "\n")
    }

    private static func panel(_ panel: Panel) -> [String] {
        var parts = [
            "## Panel",
            panel.seats.map { seat in
                "- \(seat.persona.name): \(seat.provider.displayName), \(MarkdownText.line(seat.model))"
            }.joined(separator: "\n"),
        ]
        switch panel.kinship {
        case .oneModel: parts.append("All seats share one model: viewpoints, not independent checks.")
        case .oneFamily(let name):
            parts.append(
                "All seats share one family of models (\(MarkdownText.line(name))): viewpoints, not independent checks."
            )
        case nil: break
        }
        return parts
    }

    private static func summaries(_ summaries: [Summary]) -> [String] {
        guard !summaries.isEmpty else { return [] }
        return ["## Summaries"]
            + summaries.flatMap { summary in
                [
                    "### Through round \(summary.throughRound)",
                    MarkdownText.line(
                        "\(summary.provider.displayName), \(summary.model) · prompts \(summary.promptVersion)"
                    ),
                    MarkdownText.quoted(summary.content),
                ]
            }
    }

    private static func reopened(_ record: DiscussionRecord) -> [String] {
        let past = record.endings.filter { $0.reopenedAt != nil }
        guard !past.isEmpty else { return [] }
        return ["## Earlier conclusions, reopened"]
            + past.flatMap { ending in
                [
                    "### After round \(ending.resolution.round)",
                    MarkdownText.quoted(ending.resolution.conclusion),
                ]
            }
    }

    private static func files(_ files: [KeptFile]) -> [String] {
        guard !files.isEmpty else { return [] }
        return [
            "## Files",
            files.map {
                "- \(MarkdownText.line($0.name)) (\($0.type), \($0.size) bytes, SHA-256 \($0.sha256))"
            }
            .joined(separator: "\n"),
        ]
    }
}
