import Domain
import Engine
import Export
import HTTPTypes
import Hummingbird
import Store

extension Site {
    /// `GET /discussions/{id}`: the discussion, as a page or as JSON.
    ///
    /// The page shows its newest rounds. `?before=N` shows those before one, `?round=N` those about one,
    /// `?rounds=all` every round; `?message=ID` leads to where a message stands.
    @Sendable func discussionPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        guard !request.wantsJSON else {
            let json = try await text("json", of: id, context) { reader, person in
                guard let transcript = try reader.findTranscript(id, of: person) else {
                    throw Problem.discussionNotFound
                }
                return try CachedText(
                    json: Response.jsonBytes(DiscussionJSON(transcript)),
                    cursor: transcript.cursor
                )
            }
            return .text(json, type: "application/json")
        }
        if let message = request.uri.queryParameters["message"] {
            return try await redirect(to: MessageID(rawValue: String(message)), in: id, of: context.person.id)
        }
        let done = Flash.find(request)
        var response = try await discussionPage(id, PagePart(request), context, done: done)
        if done != nil { Flash.clear(at: Links.discussion(id), in: &response) }
        return response
    }

    /// The page as a refused form shows it: with what was typed, and why it was refused.
    func discussionPage(
        _ id: DiscussionID,
        _ context: SiteContext,
        refused problem: Problem,
        typed form: Form
    ) async throws -> Response {
        try await discussionPage(id, .newest, context, refused: (problem, form))
    }

    private func discussionPage(
        _ id: DiscussionID,
        _ part: PagePart,
        _ context: SiteContext,
        done: String? = nil,
        refused: (problem: Problem, form: Form)? = nil
    ) async throws -> Response {
        let reading = try await shownRounds(id, part, context)
        if !part.isNewest, reading.value.rounds.isEmpty {
            return try await discussionPage(id, .newest, context, done: done)
        }
        let view = DiscussionView(
            reading.value,
            part,
            cursor: reading.standing.cursor,
            place: await engine.place(of: id),
            done: done,
            refused: refused,
            site: self,
            context
        )
        return try page("discussion-page", view, status: refused?.problem.status ?? .ok)
    }

    /// To the page of the round in which the message was said.
    private func redirect(
        to message: MessageID,
        in id: DiscussionID,
        of person: PersonID
    ) async throws -> Response {
        let round = try await store.read { reader in
            guard try reader.hasDiscussion(id, of: person) else { throw Problem.discussionNotFound }
            return try reader.findRound(of: message, in: id)
        }
        guard let round else { throw Problem.notFound }
        return .seeOther(Links.message(message, round: round, of: id))
    }

    /// The person's discussion of this id.
    ///
    /// - Throws: ``Problem/discussionNotFound``; also for one that is someone else's.
    func transcript(
        _ id: DiscussionID,
        of person: PersonID,
        _ span: RoundSpan = .all
    ) async throws -> Transcript {
        let found = try await store.read { reader in try reader.findTranscript(id, of: person, span) }
        guard let found else { throw Problem.discussionNotFound }
        return found
    }
}

private struct DiscussionView {
    struct Running {
        let heading: String
        /// Who speaks, and what comes then.
        let progress: String?
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
        /// The id of what it is about, which this page has.
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
    let kinship: String?
    let problem: Fault?
    let hasFiles: Bool
    let onTheTable: [FileEntry]
    let navigator: RoundNavigator?
    let isAll: Bool
    let windowing: String?
    let earlier: String?
    let later: String?
    let newestPage: String
    /// HTML.
    let rounds: String
    let summary: SummaryView?
    let resolution: ResolutionView?
    let running: Running?
    let waiting: WaitingView?
    let reopen: ActionForm?
    let delete: ActionForm?
    let markdown: String
    let json: String
    let html: String
    let providers: String

    init(
        _ shown: ShownRounds,
        _ part: PagePart,
        cursor: Int,
        place: Int?,
        done: String?,
        refused: (problem: Problem, form: Form)?,
        site: Site,
        _ context: SiteContext
    ) {
        let listed = shown.data
        let (transcript, failure) = (listed.transcript, listed.failure)
        let discussion = transcript.discussion
        let id = discussion.id
        let span = part.listed(newest: listed.newest)
        func form(_ action: Links.Action) -> ActionForm {
            ActionForm(action, id, commandID: site.makeID())
        }
        title = discussion.title
        // A turn is told in the title too, for a tab that is not looked at.
        let turn = discussion.status == .waiting ? "Your turn: " : ""
        layout = site.layout(
            title: (refused == nil ? turn : "Error: ") + discussion.title,
            icon: discussion.status == .waiting ? "parley-turn.svg" : "parley.svg",
            context
        )
        home = Links.start
        here =
            switch part {
            case .newest: Links.discussion(id)
            case .before(let round, _): Links.rounds(before: round, of: id)
            // Without the fragment, which is no part of what is asked for.
            case .around(let round): "\(Links.discussion(id))?round=\(round)"
            case .one(let round): Links.round(round, of: id)
            case .all: Links.allRounds(id)
            }
        events = Links.events(id)
        deleted = Links.deleted
        self.id = id.rawValue
        self.cursor = cursor
        self.done = done.flatMap { Outcome.words(of: $0, now: transcript, failed: failure != nil) }
        names = ProviderID.allCases.map { ProviderName(id: $0.rawValue, name: $0.displayName) }
        topic = discussion.topic == discussion.title ? nil : discussion.topic
        status = discussion.status.rawValue
        statusWords = discussion.status.words
        started = TimeView(discussion.createdAt)
        staysInHouse = discussion.place == .house
        cost = discussion.cost.words
        seats = discussion.panel.seats.map(SeatView.init)
        kinship = discussion.panel.kinshipNote
        let isWaiting = discussion.status == .waiting
        hasFiles = !transcript.files.isEmpty
        onTheTable = transcript.files.map { file in
            FileEntry(file, views: listed.views.filter { $0.file == file.id })
        }
        navigator = RoundNavigator(id, part, newest: listed.newest, listed: span)
        isAll = part == .all
        let first = span?.lowerBound ?? 1
        earlier = first > 1 ? Links.rounds(before: first, of: id) : nil
        // What stands in the page as it is needs no windowing: all of it, or few rounds.
        windowing = earlier == nil || isAll ? nil : site.asset("rounds.js")
        let next = (span?.upperBound ?? 0) + PagePart.size + 1
        later =
            part.isNewest
            ? nil : next > listed.newest ? Links.discussion(id) : Links.rounds(before: next, of: id)
        newestPage = Links.discussion(id)
        rounds = shown.html
        // The present stands on the newest part alone.
        let isNewest = part.isNewest
        summary = isNewest ? transcript.summaries.last.map(SummaryView.init) : nil
        resolution = isNewest ? transcript.resolution.map { ResolutionView($0, of: id) } : nil
        running =
            discussion.status == .running && isNewest
            ? Self.running(transcript, place: place, stop: form(.stop)) : nil
        waiting =
            isWaiting && isNewest
            ? WaitingView(
                transcript,
                failure: failure,
                typed: refused?.form,
                fault: refused?.problem.field,
                uploads: site.uploads,
                form: form
            ) : nil
        let whatCanBeDone = waiting?.id(of: refused?.problem.field) ?? (running == nil ? "action" : "running")
        problem = refused.map { problem, form in
            let typed = isWaiting ? nil : form.typedWords
            return Fault(
                message: problem.message,
                field: typed == nil ? whatCanBeDone : "typed",
                typed: typed
            )
        }
        reopen = discussion.status == .resolved && isNewest ? form(.reopen) : nil
        delete = isNewest ? form(.delete) : nil
        markdown = Links.export(id, "md")
        json = Links.export(id, "json")
        html = Links.export(id, "html")
        providers = Links.providers(id)
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
            progress: discussion.activity == .round && place == nil ? progress(transcript) : nil,
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

    /// Who speaks, and what comes then.
    private static func progress(_ transcript: Transcript) -> String {
        let names = transcript.discussion.panel.seats.map(\.persona.name)
        let last = transcript.rounds.last
        // A round that is complete is followed by one that is about to be opened.
        let isNew = last?.complete ?? true
        let round = (last?.number ?? 0) + (isNew ? 1 : 0)
        let finished = isNew ? 0 : last?.messages.filter(\.finished).count ?? 0
        guard finished < names.count else {
            return "Round \(round): everybody has spoken. A model looks whether the table agrees."
        }
        let next = finished + 1 < names.count ? "\(names[finished + 1]) is next" : "then it is your turn"
        return "Round \(round): \(names[finished]) speaks, \(next)."
    }
}
