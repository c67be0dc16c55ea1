/// A discussion as plain text, as it is told: what a terminal shows while it follows.
///
/// Words of people and models are made safe (``TerminalText``) and stand two columns in, so that none can pass
/// for a line of ours.
public struct DiscussionText: Sendable {
    /// Whether the next text begins a line.
    public var isAtLineStart: Bool { text.isAtLineStart }

    private let page: String
    private var text: IndentedText
    /// Seat to who was given it at the start.
    private var panel: [Int: PanelSeat] = [:]
    private var current: CurrentMessage?
    private var shown: Set<String> = []
    private var round = 0
    private var completeRound = 0
    private var questions: QuestionSet?
    private var status: String?
    /// Since the person was last told that it is their turn.
    private var hasMoved = false

    /// - Parameters:
    ///   - page: where a person goes to act.
    ///   - isColoured: whether names stand out by the terminal's means.
    public init(page: String, isColoured: Bool = false) {
        self.page = TerminalText.line(page)
        text = IndentedText(isColoured: isColoured)
    }

    /// Takes in who sits where, for a discussion that is not shown from its beginning.
    public mutating func know(_ seats: [PanelSeat]) {
        panel = Dictionary(seats.map { ($0.seat, $0) }) { $1 }
    }

    /// What to print for an event: nothing, or text up to and without the next event's.
    public mutating func show(_ event: DiscussionEvent) -> String {
        if let status = event.status {
            self.status = status
            hasMoved = true
        }
        show(event.body)
        return text.take()
    }

    /// What to print of a discussion that was fetched: all that was not shown yet.
    public mutating func show(_ snapshot: DiscussionSnapshot) -> String {
        know(snapshot.panel)
        if shown.isEmpty, round == 0 { started(snapshot.topic) }
        for round in snapshot.rounds {
            guard round.number >= self.round else { continue }
            let isNew = round.number > self.round
            if isNew {
                open(round.number)
                for input in round.userInput { text.block("The person says:", input) }
            }
            for message in round.messages where !shown.contains(message.id) {
                message.finished == false ? resume(message) : complete(message)
            }
            if round.complete, round.number > completeRound { close(round.number) }
            if isNew || questions?.id != round.questionSet?.id, let set = round.questionSet { show(set) }
            if isNew, let answers = round.answers { show(answers) }
            if isNew, let summary = snapshot.summaries.last(where: { $0.throughRound == round.number }) {
                show(summary)
            }
        }
        if let resolution = snapshot.resolution { show(resolution) }
        status = snapshot.status
        hasMoved = true
        return text.take()
    }

    /// What to print when all that happened so far was shown: whose turn it is.
    public mutating func caughtUp() -> String {
        guard hasMoved else { return "" }
        hasMoved = false
        switch status {
        case "waiting": text.line("It is your turn: \(page)")
        case "resolved": text.line("Resolved: \(page)")
        default: break
        }
        return text.take()
    }

    private mutating func show(_ body: DiscussionEvent.Body) {
        switch body {
        case .discussionStarted(let topic, let seats):
            know(seats)
            started(topic)
        case .queued(let place):
            if place > 0 { text.line("Waiting for other discussions: place \(place).") }
        case .roundStart(let number): open(number)
        case .messageStart(let start): begin(start)
        case .messageChunk(let id, let offset, let piece):
            guard current?.id == id, let new = current?.take(piece, at: offset) else { break }
            text.words(new)
        case .messageRestart(let id, let provider, let model): restart(id, provider, model)
        case .messageComplete(let message): complete(message)
        case .roundComplete(let number): close(number)
        case .userInput(_, let input): text.block("The person says:", input)
        case .questionsGenerated(_, let set): show(set)
        case .answersSubmitted(_, let answers): show(answers)
        case .summaryCreated(let summary):
            text.block(
                "Summary\(summary.throughRound.map { " through round \($0)" } ?? ""):",
                summary.content
            )
        case .discussionResolved(let resolution): show(resolution)
        case .discussionReopened: text.line("Reopened.")
        case .discussionStopped: text.line("Stopped.")
        case .discussionDeleted: text.line("Deleted.")
        case .discussionRestored: text.line("Restored.")
        case .fileAdded(let name): text.line("File: \(TerminalText.line(name))")
        case .error(let code, let message):
            text.line("Failed: \(TerminalText.line(message)) (\(TerminalText.line(code)))")
        case .other: break
        }
    }

    private mutating func started(_ topic: String) {
        text.block("Topic:", topic)
    }

    private mutating func open(_ number: Int) {
        round = number
        text.heading("Round \(number)")
    }

    private mutating func close(_ number: Int) {
        completeRound = number
        text.line("Round \(number) is complete.")
    }

    // MARK: Messages

    private mutating func begin(_ start: DiscussionEvent.MessageStart) {
        let seat = panel[start.seat]
        let isFallback = seat.map { $0.provider != start.provider || $0.model != start.model } ?? false
        current = CurrentMessage(id: start.messageId, persona: start.persona, seat: start.seat)
        current?.isFallback = isFallback
        text.heading(start.persona, speaker(start.provider, start.model, isFallback))
    }

    /// A message that is being spoken, as it stands.
    private mutating func resume(_ message: SpokenMessage) {
        if current?.id != message.id { begin(message) }
        if let new = current?.take(message.content, at: 0) { text.words(new) }
    }

    private mutating func begin(_ message: SpokenMessage) {
        current = CurrentMessage(id: message.id, persona: message.persona, seat: message.seat)
        current?.isFallback = message.fallback
        text.heading(message.persona, speaker(message.provider, message.model, message.fallback))
    }

    private mutating func restart(_ id: String, _ provider: String, _ model: String) {
        guard let before = current, before.id == id else { return }
        let seat = panel[before.seat]
        let isFallback = seat.map { $0.provider != provider || $0.model != model } ?? before.isFallback
        current = CurrentMessage(id: id, persona: before.persona, seat: before.seat)
        current?.isFallback = isFallback
        text.heading("\(before.persona) begins anew", speaker(provider, model, isFallback))
    }

    private mutating func complete(_ message: SpokenMessage) {
        if current?.id != message.id { begin(message) }
        if message.fallback, current?.isFallback == false {
            text.line("(A fallback answered: \(speaker(message.provider, message.model, true)))")
        }
        if let rest = current?.rest(of: message.content) {
            text.words(rest)
        } else {
            text.heading(
                "\(message.persona) begins anew",
                speaker(message.provider, message.model, message.fallback)
            )
            text.words(message.content)
        }
        if message.truncated {
            text.line("(\(TerminalText.line(message.persona, longest: 100)) was cut short.)")
        }
        text.endParagraph()
        current = nil
        shown.insert(message.id)
    }

    private func speaker(_ provider: String, _ model: String, _ isFallback: Bool) -> String {
        let name = "\(TerminalText.line(provider, longest: 100)) · \(TerminalText.line(model, longest: 100))"
        return isFallback ? "\(name), fallback" : name
    }

    // MARK: The rest

    private mutating func show(_ set: QuestionSet) {
        questions = set
        text.line("Questions:")
        for (index, question) in set.questions.enumerated() {
            text.words("\(index + 1). \(question.text)\n")
            for option in question.options { text.words("   - \(option.text)\n") }
        }
        text.endParagraph()
    }

    private mutating func show(_ answers: [Answer]) {
        text.line("Answers:")
        for answer in answers {
            let question = questions?.questions.first { $0.id == answer.question }
            let ticked = answer.options.map { id in question?.options.first { $0.id == id }?.text ?? id }
            let words = ticked + [answer.text ?? ""].filter { !$0.isEmpty }
            text.words("\(question?.text ?? answer.question): \(words.joined(separator: "; "))\n")
        }
        text.endParagraph()
    }

    private mutating func show(_ summary: Summary) {
        text.block("Summary\(summary.throughRound.map { " through round \($0)" } ?? ""):", summary.content)
    }

    private mutating func show(_ resolution: Resolution) {
        text.block("Conclusion:", resolution.conclusion)
        for dissent in resolution.dissent ?? [] {
            text.block("\(TerminalText.line(dissent.persona, longest: 100)) disagrees:", dissent.view)
        }
        let open = resolution.openQuestions ?? []
        if !open.isEmpty { text.block("Open questions:", open.map { "- \($0)" }.joined(separator: "\n")) }
    }
}
