import Domain
import Engine
import Export
import Hummingbird

extension Site {
    /// `GET /discussions/{id}/providers`: which provider saw which words.
    @Sendable func providersPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let record = try await record(try discussionID(context), of: context.person.id)
        let sent = WordsSent(record, configured: Set(engine.models.keys))
        guard !request.wantsJSON else { return try .json(WordsSentJSON(sent, record)) }
        let title = record.discussion.title
        let view = ProvidersView(sent, record, layout: layout(title: "Who saw what: \(title)", context))
        return try page("providers-page", view)
    }
}

private struct ProvidersView {
    struct Line {
        let name: String
        let text: String
    }

    struct Entry {
        let provider: String
        let model: String
        let lines: [Line]
    }

    let layout: Layout
    let discussion: String
    let title: String
    let staysInHouse: Bool
    let hasEntries: Bool
    let entries: [Entry]
    let hasPerhaps: Bool
    let perhaps: [Line]

    init(_ sent: WordsSent, _ record: DiscussionRecord, layout: Layout) {
        self.layout = layout
        discussion = Links.discussion(record.discussion.id)
        title = record.discussion.title
        staysInHouse = record.discussion.place == .house
        entries = sent.shares.map { share in
            Entry(
                provider: share.provider.displayName,
                model: share.model,
                lines: Self.lines(share, record)
            )
        }
        hasEntries = !entries.isEmpty
        perhaps = sent.perhaps.map { perhaps in
            Line(
                name: perhaps.provider.displayName,
                text: Self.words(perhaps.messages, record).joined(separator: "; ")
            )
        }
        hasPerhaps = !perhaps.isEmpty
    }

    private static func lines(_ share: WordsSent.Share, _ record: DiscussionRecord) -> [Line] {
        var lines = [
            Line(
                name: "Asked for",
                text: Usage.Purpose.allCases.compactMap { purpose in
                    share.calls[purpose].map { purpose.words($0) }
                }.joined(separator: ", ")
            ),
            Line(name: "Topic", text: "all of it"),
        ]
        let messages = record.rounds.flatMap(\.messages).map(\.message.id).filter(share.messages.contains)
        if !messages.isEmpty {
            lines.append(Line(name: "Messages", text: words(messages, record).joined(separator: "; ")))
        }
        if !share.summaries.isEmpty {
            let through = record.summaries.map(\.summary).filter { share.summaries.contains($0.id) }
                .map { "through round \($0.throughRound)" }
            lines.append(Line(name: "Summaries", text: through.joined(separator: ", ")))
        }
        let answers = record.questionSets.filter { share.answers.contains($0.set.id) }
        if !answers.isEmpty {
            let rounds = answers.map { "\($0.round)" }.joined(separator: ", ")
            lines.append(Line(name: "Your answers", text: "to the questions about round \(rounds)"))
        }
        let remarks = share.remarks.sorted().map { record.remarks[$0].round }
        if !remarks.isEmpty {
            let rounds = Set(remarks).sorted().map { "round \($0)" }.joined(separator: ", ")
            lines.append(Line(name: "Your remarks", text: rounds))
        }
        let files = record.files.filter { share.files.contains($0.id) }.map(\.name)
        if !files.isEmpty { lines.append(Line(name: "Files", text: files.joined(separator: ", "))) }
        return lines
    }

    /// `round 1: Analyzer, Solver`, a text for each round.
    private static func words(_ messages: [MessageID], _ record: DiscussionRecord) -> [String] {
        let wanted = Set(messages)
        return record.rounds.compactMap { round in
            let found = round.messages.map(\.message).filter { wanted.contains($0.id) }
            guard !found.isEmpty else { return nil }
            let isWhole = found.count == record.discussion.panel.seats.count
            return "round \(round.number): "
                + (isWhole ? "all" : found.map(\.persona.name).joined(separator: ", "))
        }
    }
}

extension Usage.Purpose {
    /// `3 messages`.
    fileprivate func words(_ count: Int) -> String {
        let name =
            switch self {
            case .message: "message"
            case .verdict: "verdict"
            case .questions: "set of questions"
            case .summary: count == 1 ? "summary" : "summarie"
            case .conclusion: "conclusion"
            }
        guard count != 1 else { return "1 \(name)" }
        return self == .questions ? "\(count) sets of questions" : "\(count) \(name)s"
    }
}

/// The page's JSON.
private struct WordsSentJSON: Encodable {
    struct Share: Encodable {
        let provider: ProviderID
        let model: String
        let topic = true
        let messages: [MessageID]
        let remarks: [DiscussionRecord.Remark]
        let answers: [QuestionSetID]
        let summaries: [SummaryID]
        let files: [String]
        let calls: [String: Int]

        private enum CodingKeys: String, CodingKey {
            case provider, model, topic, messages, remarks, answers, summaries, files, calls
        }
    }

    struct Perhaps: Encodable {
        let provider: ProviderID
        let messages: [MessageID]
    }

    let id: DiscussionID
    let place: Place
    let derived = "from what is kept; prompts are not, and may have left out some of what is named"
    let providers: [Share]
    let perhaps: [Perhaps]

    private enum CodingKeys: String, CodingKey { case id, place, derived, providers, perhaps }

    init(_ sent: WordsSent, _ record: DiscussionRecord) {
        id = record.discussion.id
        place = record.discussion.place
        let spoken = record.rounds.flatMap(\.messages).map(\.message.id)
        providers = sent.shares.map { share in
            Share(
                provider: share.provider,
                model: share.model,
                messages: spoken.filter(share.messages.contains),
                remarks: share.remarks.sorted().map { record.remarks[$0] },
                answers: record.questionSets.map(\.set.id).filter(share.answers.contains),
                summaries: record.summaries.map(\.summary.id).filter(share.summaries.contains),
                files: record.files.map(\.id).filter(share.files.contains),
                calls: Dictionary(uniqueKeysWithValues: share.calls.map { ($0.rawValue, $1) })
            )
        }
        perhaps = sent.perhaps.map { Perhaps(provider: $0.provider, messages: $0.messages) }
    }
}
