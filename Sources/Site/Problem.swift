import Credentials
import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Store
import Uploads

/// A refusal or a failure as people and scripts are told of it.
///
/// Internal text never gets in here.
struct Problem: Error {
    let status: HTTPResponse.Status
    let code: ErrorCode
    /// A person's words: what happened, and what to do.
    let message: String
    var field: String?
    /// Each file that was refused.
    var files: [FilesRefused.File] = []
    var headers = HTTPFields()
    /// Who asks was signed in, too long ago.
    var isOverdue = false

    static func invalid(_ field: String, _ message: String) -> Problem {
        Problem(status: .badRequest, code: .validation, message: message, field: field)
    }

    static let discussionNotFound = Problem(
        status: .notFound,
        code: .discussionNotFound,
        message: "There is no such discussion here. Perhaps it was deleted, or the address is incomplete."
    )

    static let notFound = Problem(
        status: .notFound,
        code: .notFound,
        message: "There is no page at this address."
    )

    /// A part of a discussion that is not there; `message` says which.
    static func noPart(_ message: String) -> Problem {
        Problem(status: .notFound, code: .notFound, message: message)
    }

    static let fileNotFound = Problem(
        status: .notFound,
        code: .notFound,
        message: "There is no such file here. Perhaps its discussion was deleted."
    )

    static func methodNotAllowed(allow: String) -> Problem {
        var problem = Problem(
            status: .methodNotAllowed,
            code: .validation,
            message: "This address does not take that kind of request; it takes \(allow)."
        )
        problem.headers[.allow] = allow
        return problem
    }

    static let cursorAhead = Problem(
        status: .gone,
        code: .cursorAhead,
        message: "This cursor is ahead of the log. Please fetch the discussion anew."
    )

    static let cursorExpired = Problem(
        status: .gone,
        code: .cursorExpired,
        message: "Events after this cursor are no longer kept. Please fetch the discussion anew."
    )

    static let foreignOrigin = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "This request came from another site, so nothing was done."
    )

    static let unauthenticated = Problem(
        status: .unauthorized,
        code: .unauthenticated,
        message: "You are not signed in, so nothing was done. Please sign in first."
    )

    static let internalError = Problem(
        status: .internalServerError,
        code: .internalError,
        message: "Something went wrong on our side. What was acknowledged before is safe; please try again."
    )

    /// What `error` means to a person; nil for errors that are ours.
    init?(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let text as InvalidText: self = .invalid(text.field, text.message)
        case is NoSuchDiscussion: self = .discussionNotFound
        case is CommandConflict:
            self = Problem(
                status: .unprocessableContent,
                code: .commandConflict,
                message:
                    "This command id was used before with other content, so nothing was done. From a page, please "
                    + "send it again: it has a new id now.",
                field: "command_id"
            )
        case let refused as FilesRefused:
            self = Problem(
                status: Self.status(of: refused.code),
                code: refused.code,
                message: refused.message.reveal(),
                field: "files"
            )
            files = refused.files
            headers[.retryAfter] = refused.retryAfter.map(String.init)
        case is TooManyAtOnce:
            self = Problem(
                status: .tooManyRequests,
                code: .rateLimited,
                message: "Too many people are signing in at this moment. Please try again in a few seconds."
            )
            headers[.retryAfter] = "5"
        case let refusal as RateLimits.Refusal:
            self = Problem(
                status: .tooManyRequests,
                code: .rateLimited,
                message: refusal.sentence
            )
            headers[.retryAfter] = String(refusal.retryAfter)
        case is TooManyConsumers:
            self = .invalid(
                "consumer",
                "There are \(Consumer.most) consumers already. Please use one of their names."
            )
        case is Engine.NoProvider:
            self = Problem(
                status: .serviceUnavailable,
                code: .noProvider,
                message: "No language model is configured that may answer this. Nothing was started."
            )
        case let exceeded as BudgetExceeded:
            self = Problem(status: .conflict, code: .budgetExceeded, message: exceeded.sentence)
        case RoundMachine.Refusal.notWaiting:
            self = Problem(
                status: .conflict,
                code: .notWaiting,
                message: "The table is not waiting just now. Please wait for the round to end."
            )
        case RoundMachine.Refusal.notRunning:
            self = Problem(
                status: .conflict,
                code: .notRunning,
                message: "Nothing is running in this discussion."
            )
        case RoundMachine.Refusal.notResolved:
            self = Problem(
                status: .conflict,
                code: .notResolved,
                message: "This discussion is not resolved."
            )
        case RoundMachine.Refusal.noOpenQuestions:
            self = .invalid("answers", "There are no questions that wait for answers.")
        case RoundMachine.Refusal.questionsAnswered:
            self = .invalid(
                "round",
                "The questions about this round are answered. Go on, and ask after the next round."
            )
        case RoundMachine.Refusal.nothingSaid:
            self = .invalid("round", "Nothing has been said yet that this could be about.")
        case let http as HTTPError where http.status == .notFound: self = .notFound
        default: return nil
        }
    }

    private static func status(of code: ErrorCode) -> HTTPResponse.Status {
        switch code {
        case .invalidFileSize: .contentTooLarge
        case .invalidFileType: .unsupportedMediaType
        case .fileInfected: .unprocessableContent
        case .scanUnavailable: .serviceUnavailable
        default: .badRequest
        }
    }

    init(
        status: HTTPResponse.Status,
        code: ErrorCode,
        message: String,
        field: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
    }
}

extension RateLimits.Refusal {
    fileprivate var sentence: String {
        let what =
            switch kind {
            case .start: "new discussions"
            case .command: "actions"
            case .upload: "uploads"
            }
        let pause = retryAfter == 1 ? "a second" : "\(retryAfter) seconds"
        return
            "Those were too many \(what) in a short time. Nothing was done; please send it again in \(pause)."
    }
}
