import Domain

/// What people are told of a command that was carried out: by the message after the redirect, and by
/// parley.js, to which each form carries its words.
enum Outcome {
    /// By the command's name.
    ///
    /// No words for `delete`: the list, where it leads, tells of it itself and offers the way back.
    static let words = [
        "start-dialogue": "The discussion has begun.",
        "user-input": "Your remark is sent.",
        "add-files": "The files are on the table.",
        "proceed-dialogue": "The table goes on.",
        "generate-questions": "Questions are being written for you.",
        "submit-answers": "Your answers are sent.",
        "generate-summary": "A summary is being written.",
        "resolve": "A conclusion is being written.",
        "reopen": "The discussion is open again.",
        "stop": "Stopped. What was said is kept.",
        "restore": "The discussion is restored.",
        "password-changed": "Your password is changed. Other browsers are signed out.",
        "session-ended": "That browser is signed out.",
        before: "That was done before, from this very page, so nothing was done now. This is how it stands.",
    ]

    /// The form of an old page was sent again.
    static let before = "done-before"

    /// A `resolve` that nobody has to write a conclusion for, any more.
    static let closed = "The discussion is closed."

    /// What is told of a command on a page that already shows what came of it.
    private static let results = [
        "generate-questions": "The questions for you are ready.",
        "generate-summary": "The summary is ready.",
        "resolve": closed,
    ]

    /// What people are told of the command by the page that shows the discussion as it is now.
    ///
    /// - Parameter failed: what was asked for last came to nothing, of which the page itself tells.
    static func words(of command: String, now transcript: Transcript, failed: Bool) -> String? {
        guard transcript.discussion.status != .running, let result = results[command] else {
            return words[command]
        }
        let isThere =
            switch command {
            case "generate-questions": transcript.rounds.last?.questionSet != nil
            case "generate-summary": !transcript.summaries.isEmpty
            default: transcript.discussion.status == .resolved
            }
        return isThere && !failed ? result : nil
    }
}

extension Links.Action {
    /// The command's name, as the acknowledgement says it.
    var command: String {
        switch self {
        case .input: "user-input"
        case .files: "add-files"
        case .proceed: "proceed-dialogue"
        case .questions: "generate-questions"
        case .answers: "submit-answers"
        case .summary: "generate-summary"
        case .resolve, .reopen, .stop, .delete, .restore: rawValue
        }
    }
}
