import Domain
import Hummingbird
import Store

extension Site {
    /// `GET /discussions/{id}`: the discussion, as a page or as JSON.
    @Sendable func discussionPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let transcript = try await transcript(try discussionID(context))
        guard !request.wantsJSON else { return try .json(DiscussionJSON(transcript)) }
        let failure = try await lastFailure(of: transcript)
        return try page("discussion-page", DiscussionView(transcript, failure: failure, site: self))
    }

    /// The person's discussion of this id.
    ///
    /// - Throws: ``Problem/discussionNotFound``; also for one that is someone else's.
    func transcript(_ id: DiscussionID) async throws -> Transcript {
        let person = person.id
        let found = try await store.read { reader in try reader.findTranscript(id, of: person) }
        guard let found else { throw Problem.discussionNotFound }
        return found
    }

    /// Why the last round was left incomplete, if it was.
    private func lastFailure(of transcript: Transcript) async throws -> String? {
        guard transcript.discussion.status == .waiting, transcript.rounds.last?.complete == false else {
            return nil
        }
        let id = transcript.discussion.id
        let failure = try await store.read { reader in try reader.findLastFailure(of: id) }
        return failure?.message
    }
}

private struct DiscussionView {
    struct MessageView {
        let id: String
        let seat: Int
        let persona: String
        let by: String
        let html: String
        let truncated: Bool
        let smallPrint: String

        init(_ message: Message) {
            id = message.id.rawValue
            seat = message.seat
            persona = message.persona.name
            by = "\(message.provider.displayName) · \(message.model)\(message.fallback ? " · fallback" : "")"
            html = MarkdownHTML.render(message.content)
            truncated = message.truncated
            let tokens = message.completionTokens.map { "\($0) tokens" }
            let seconds = message.durationMs.map { "\(Double(($0 + 50) / 100) / 10) s" }
            smallPrint = (["turn \(message.turn)"] + [tokens, seconds].compactMap { $0 })
                .joined(separator: " · ")
        }
    }

    struct RoundView {
        let number: Int
        let messages: [MessageView]
    }

    struct Running {
        let live: String
        let frame: String
        let here: String
    }

    struct Waiting {
        let action: String
        let commandID: String
        let label: String
        let failure: String?
    }

    let layout: Layout
    let home: String
    let title: String
    let topic: String?
    let status: String
    let statusWords: String
    let started: TimeView
    let staysInHouse: Bool
    let seats: [SeatView]
    let oneModel: String?
    let rounds: [RoundView]
    let running: Running?
    let waiting: Waiting?

    init(_ transcript: Transcript, failure: String?, site: Site) {
        let discussion = transcript.discussion
        title = discussion.title
        // A turn is told in the title too, for a tab that is not looked at.
        layout = site.layout(
            title: discussion.status == .waiting ? "Your turn: \(discussion.title)" : discussion.title)
        home = Links.start
        topic = discussion.topic == discussion.title ? nil : discussion.topic
        status = discussion.status.rawValue
        statusWords = discussion.status.words
        started = TimeView(discussion.createdAt)
        staysInHouse = discussion.place == .house
        seats = discussion.panel.seats.map(SeatView.init)
        oneModel = site.oneModelNote(discussion.panel)
        rounds = transcript.rounds.map { round in
            RoundView(
                number: round.number, messages: round.messages.filter(\.finished).map(MessageView.init))
        }
        let finished = transcript.rounds.last?.messages.filter(\.finished).count ?? 0
        if discussion.status == .running {
            running = Running(
                live: Links.live(discussion.id),
                frame: Links.live(discussion.id, fromSeat: finished + 1),
                here: Links.discussion(discussion.id))
        } else {
            running = nil
        }
        waiting =
            discussion.status == .waiting
            ? Waiting(
                action: Links.proceed(discussion.id), commandID: site.makeID(),
                label: failure == nil ? "Go on with another round" : "Try again", failure: failure)
            : nil
    }
}
