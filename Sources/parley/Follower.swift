import ArgumentParser
import Client

/// Prints what a feed tells, until there is nothing more to wait for.
struct Follower {
    private let terminal: Terminal
    private let json: Bool
    private let untilAtRest: Bool
    private var text: DiscussionText
    private var standing = DiscussionStanding()
    /// Nothing is missing between what was printed and where the discussion stands.
    private var isCaughtUp = false

    init(terminal: Terminal, page: String, json: Bool, untilAtRest: Bool) {
        self.terminal = terminal
        self.json = json
        self.untilAtRest = untilAtRest
        text = DiscussionText(page: page, isColoured: terminal.isColoured)
    }

    /// Takes in a discussion that is followed from `cursor`.
    ///
    /// - Parameter isWhole: from its beginning: what was said is shown, and what has failed is past.
    mutating func begin(with snapshot: DiscussionSnapshot, from cursor: Int, isWhole: Bool) {
        standing = DiscussionStanding(after: isWhole ? snapshot.cursor : cursor, status: snapshot.status)
        isCaughtUp = cursor == snapshot.cursor
        text.know(snapshot.panel)
        guard isWhole, !json else { return }
        terminal.write(text.show(snapshot) + text.caughtUp())
    }

    mutating func follow(_ feed: DiscussionFeed) async throws -> ExitCode {
        if let code = atRest() { return code }
        for try await item in feed {
            isCaughtUp = false
            switch item {
            case .event(let event):
                standing.apply(event)
                terminal.write(json ? terminal.line(ofJSON: event.json) : text.show(event))
            case .caughtUp:
                isCaughtUp = true
                if !json { terminal.write(text.caughtUp()) }
            case .lost(let reason): note("connection lost (\(reason)), trying again")
            case .back: note("back")
            case .begunAnew(let snapshot):
                note("the site could not go on from there; this is the discussion as it stands now")
                standing.apply(snapshot)
                isCaughtUp = true
                if !json { terminal.write(text.show(snapshot) + text.caughtUp()) }
            }
            if let code = atRest() { return code }
        }
        guard untilAtRest else { return .success }
        note("the discussion was deleted")
        return ExitStatus.refused
    }

    /// How to end, if there is nothing to wait for.
    private func atRest() -> ExitCode? {
        guard untilAtRest, isCaughtUp, standing.isAtRest, !standing.isDeleted else { return nil }
        guard let failure = standing.failure else { return .success }
        // In words it stands on the terminal already.
        if json { note(TerminalText.line("\(failure.message) (\(failure.code))")) }
        return ExitStatus.stepFailed
    }

    private func note(_ words: String) {
        terminal.note(words, below: !json && !text.isAtLineStart)
    }
}
