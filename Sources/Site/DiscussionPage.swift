import Domain
import Engine
import Export
import HTTPTypes
import Hummingbird
import Store

extension Site {
    /// Rounds on a page; older ones are behind a link.
    private static let roundsShown = 20

    /// `GET /discussions/{id}`: the discussion, as a page or as JSON; `?rounds=all` for every round.
    @Sendable func discussionPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        guard !request.wantsJSON else { return try .json(DiscussionJSON(try await transcript(id))) }
        let all = request.uri.queryParameters["rounds"] == "all"
        let done = Flash.find(request)
        var response = try await discussionPage(id, span: all ? .all : .last(Self.roundsShown), done: done)
        if done != nil { Flash.clear(at: Links.discussion(id), in: &response) }
        return response
    }

    /// The page as a refused form shows it: with what was typed, and why it was refused.
    func discussionPage(
        _ id: DiscussionID,
        refused problem: Problem,
        typed form: Form
    ) async throws -> Response {
        try await discussionPage(id, span: .last(Self.roundsShown), refused: (problem, form))
    }

    private func discussionPage(
        _ id: DiscussionID,
        span: RoundSpan,
        done: String? = nil,
        refused: (problem: Problem, form: Form)? = nil
    ) async throws -> Response {
        let transcript = try await transcript(id, span)
        let view = DiscussionView(
            transcript,
            failure: try await lastFailure(of: transcript),
            views: try await fileViews(of: transcript),
            place: await engine.place(of: id),
            isWhole: span.isWhole,
            done: done,
            refused: refused,
            site: self
        )
        return try page("discussion-page", view, status: refused?.problem.status ?? .ok)
    }

    /// The person's discussion of this id.
    ///
    /// - Throws: ``Problem/discussionNotFound``; also for one that is someone else's.
    func transcript(_ id: DiscussionID, _ span: RoundSpan = .all) async throws -> Transcript {
        let person = person.id
        let found = try await store.read { reader in try reader.findTranscript(id, of: person, span) }
        guard let found else { throw Problem.discussionNotFound }
        return found
    }

    /// What went wrong with the last step, if that is why the discussion waits.
    private func lastFailure(of transcript: Transcript) async throws -> String? {
        guard transcript.discussion.status == .waiting else { return nil }
        let id = transcript.discussion.id
        return try await store.read { reader in try reader.findStandingFailure(of: id)?.message }
    }
}

private struct DiscussionView {
    struct Running {
        let heading: String
        let live: String
        let frame: String?
        let here: String
        let stop: ActionForm
        let speaking: Speaking?
    }

    /// The message that is being spoken, for parley.js, which goes on from there.
    struct Speaking {
        let id: String
        let round: Int
        let seat: Int
        let by: String
        let said: String
    }

    struct Fault {
        let message: String
        let field: String
        /// What was typed into a form that this page no longer shows.
        let typed: String?
    }

    let layout: Layout
    let home: String
    let here: String
    let events: String
    let deleted: String
    let id: String
    let cursor: Int
    let done: String?
    let names: [ProviderName]
    let title: String
    let topic: String?
    let status: String
    let statusWords: String
    let started: TimeView
    let staysInHouse: Bool
    let cost: String?
    let seats: [SeatView]
    let oneModel: String?
    let problem: Fault?
    let hasFiles: Bool
    let onTheTable: [FileEntry]
    let allRounds: String?
    let rounds: [RoundView]
    let summary: SummaryView?
    let resolution: ResolutionView?
    let running: Running?
    let waiting: WaitingView?
    let reopen: ActionForm?
    let delete: ActionForm
    let markdown: String
    let json: String

    init(
        _ transcript: Transcript,
        failure: String?,
        views: [FileView],
        place: Int?,
        isWhole: Bool,
        done: String?,
        refused: (problem: Problem, form: Form)?,
        site: Site
    ) {
        let discussion = transcript.discussion
        let id = discussion.id
        func form(_ action: Links.Action) -> ActionForm {
            ActionForm(action, id, commandID: site.makeID())
        }
        title = discussion.title
        // A turn is told in the title too, for a tab that is not looked at.
        let turn = discussion.status == .waiting ? "Your turn: " : ""
        layout = site.layout(title: (refused == nil ? turn : "Error: ") + discussion.title)
        home = Links.start
        here = isWhole ? Links.allRounds(id) : Links.discussion(id)
        events = Links.events(id)
        deleted = Links.deleted
        self.id = id.rawValue
        cursor = transcript.cursor
        self.done = done.flatMap { command in
            command == "resolve" && discussion.status == .resolved ? Outcome.closed : Outcome.words[command]
        }
        names = ProviderID.allCases.map { ProviderName(id: $0.rawValue, name: $0.displayName) }
        topic = discussion.topic == discussion.title ? nil : discussion.topic
        status = discussion.status.rawValue
        statusWords = discussion.status.words
        started = TimeView(discussion.createdAt)
        staysInHouse = discussion.place == .house
        cost = discussion.cost.words
        seats = discussion.panel.seats.map(SeatView.init)
        oneModel = site.oneModelNote(discussion.panel)
        let isWaiting = discussion.status == .waiting
        problem = refused.map { problem, form in
            Fault(
                message: problem.message,
                field: problem.field ?? "action",
                typed: isWaiting ? nil : form.typedWords
            )
        }
        hasFiles = !transcript.files.isEmpty
        onTheTable = transcript.files.map { file in
            FileEntry(file, views: views.filter { $0.file == file.id })
        }
        allRounds = (transcript.rounds.first?.number ?? 1) > 1 ? Links.allRounds(id) : nil
        rounds = transcript.rounds.map { RoundView($0, of: id) }
        summary = transcript.summaries.last.map(SummaryView.init)
        resolution = transcript.resolution.map(ResolutionView.init)
        running =
            discussion.status == .running
            ? Self.running(transcript, place: place, stop: form(.stop)) : nil
        waiting =
            discussion.status == .waiting
            ? WaitingView(
                transcript,
                failure: failure,
                typed: refused?.form,
                uploads: site.uploads,
                form: form
            ) : nil
        reopen = discussion.status == .resolved ? form(.reopen) : nil
        delete = form(.delete)
        markdown = Links.export(id, "md")
        json = Links.export(id, "json")
    }

    private static func running(_ transcript: Transcript, place: Int?, stop: ActionForm) -> Running {
        let discussion = transcript.discussion
        let finished = transcript.rounds.last?.messages.filter(\.finished).count ?? 0
        let heading =
            if let place {
                "Waiting for a free table: place \(place)"
            } else {
                switch discussion.activity {
                case .questions: "Questions are being written"
                case .summary: "A summary is being written"
                case .resolution: "The conclusion is being written"
                case .round, nil: "The table is speaking"
                }
            }
        return Running(
            heading: heading,
            live: Links.live(discussion.id),
            frame: discussion.activity == .round
                ? Links.live(discussion.id, fromSeat: finished + 1) : nil,
            here: Links.discussion(discussion.id),
            stop: stop,
            // While something else runs, an unfinished message is what a failure left.
            speaking: (discussion.activity == .round ? transcript.speaking : nil).map { message in
                Speaking(
                    id: message.id.rawValue,
                    round: transcript.rounds.last?.number ?? 0,
                    seat: message.seat,
                    by: "\(message.provider.displayName) · \(message.model)",
                    said: message.content
                )
            }
        )
    }
}

extension RoundSpan {
    fileprivate var isWhole: Bool {
        if case .all = self { true } else { false }
    }
}
