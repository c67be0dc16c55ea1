import Domain

/// The text of the live page: what a snapshot shows, then what each event adds.
///
/// Pure, so that it can be tested.
struct LiveText {
    private(set) var cursor: Int
    /// Where the discussion stands, as far as the events have told.
    private var status: DiscussionStatus
    private let transcript: Transcript
    private let firstSeat: Int
    /// The message whose element is open.
    private var open: MessageID?
    /// So many bytes of it stand there.
    private var said = 0

    /// Nothing runs any more.
    var isOver: Bool { status != .running }

    init(_ transcript: Transcript, firstSeat: Int) {
        self.transcript = transcript
        self.firstSeat = firstSeat
        cursor = transcript.cursor
        status = transcript.discussion.status
    }

    /// What has been said of the round so far; the message that is being spoken stays open.
    mutating func opening() -> String {
        guard !isOver, let round = transcript.rounds.last else { return "" }
        var html = ""
        for message in round.messages where message.seat >= firstSeat {
            html += start(message.persona.name, seat: message.seat, Self.by(message.provider, message.model))
            if message.finished {
                html +=
                    "<div class=\"said\" dir=\"auto\">\(MarkdownHTML.render(message.content))</div></article>\n"
            } else {
                html += Self.words + HTML.escape(message.content)
                open = message.id
                said = message.content.utf8.count
            }
        }
        return html
    }

    /// What an event adds.
    mutating func apply(_ event: Event) -> String {
        cursor = event.id
        if let standing = event.body.standing { status = standing.status }
        switch event.body {
        case .messageStart(let start):
            open = start.messageId
            said = 0
            return self.start(start.persona.name, seat: start.seat, Self.by(start.provider, start.model))
                + Self.words
        case .messageChunk(let chunk):
            guard chunk.messageId == open else { return "" }
            said = chunk.offset + chunk.text.utf8.count
            return HTML.escape(chunk.text)
        case .messageRestart(let restart):
            guard restart.messageId == open else { return "" }
            said = 0
            return "</div><p class=\"restart\">Interrupted. It begins anew, spoken by "
                + "\(Self.by(restart.provider, restart.model)).</p>" + Self.words
        case .messageComplete(let complete):
            guard complete.message.id == open else { return "" }
            open = nil
            // What a reader who is slow by minutes has missed: its chunks are compacted away by then.
            let rest = String(complete.message.content.utf8.dropFirst(said)) ?? ""
            return HTML.escape(rest) + "</div></article>\n"
        case .queued(let queued) where queued.place > 0:
            return "<p class=\"small\">Waiting for a free table: place \(queued.place).</p>\n"
        case .error(let failure):
            return end() + "<p class=\"failure\">\(HTML.escape(failure.message))</p>\n"
        default:
            return isOver ? end() : ""
        }
    }

    /// The page for whoever finds no place among those that wait.
    func turnedAway() -> String {
        "<p class=\"turn\">Too many pages are waiting for words just now. Reload this one in a moment.</p>\n"
            + "<p class=\"turn\"><a target=\"_top\" href=\"\(Links.discussion(transcript.discussion.id))\">"
            + "To the discussion</a></p>\n</main>\n</body>\n</html>\n"
    }

    /// The end of the page: the link on to what can be done now.
    func closing() -> String {
        let wasRunning = transcript.discussion.status == .running
        let said = wasRunning ? "" : "<p class=\"turn\">Nothing is being said just now.</p>\n"
        let words =
            !wasRunning
            ? "To the discussion" : status == .resolved ? "To the conclusion" : "It is your turn"
        return said
            + "<p class=\"turn\"><a target=\"_top\" href=\"\(Links.discussion(transcript.discussion.id))\">"
            + "\(words)</a></p>\n</main>\n</body>\n</html>\n"
    }

    /// Closes the message that is open, if one is.
    private mutating func end() -> String {
        defer { open = nil }
        return open == nil ? "" : "</div></article>\n"
    }

    private static let words = "<div class=\"said words\" dir=\"auto\">"

    private static func by(_ provider: ProviderID, _ model: String) -> String {
        HTML.escape("\(provider.displayName) · \(model)")
    }

    private func start(_ persona: String, seat: Int, _ by: String) -> String {
        "<article class=\"message seat-\(seat)\"><header><h2>\(HTML.escape(persona))</h2> "
            + "<p class=\"by\">\(by)</p></header>"
    }
}
