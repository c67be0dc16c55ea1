import Foundation

/// What an answer that is no success means: try again, or not.
enum Judgement {
    /// It may succeed when it is sent again; `final` is what to say when it never does.
    case passing(reason: String, final: SiteError?)
    case refused(Refusal)

    /// The site itself has decided, although the status is one that proxies use for passing trouble.
    private static let decided: Set = ["NO_LLM_PROVIDER_AVAILABLE", "SCAN_UNAVAILABLE"]
    /// Beyond this a message is no sentence for a person.
    private static let longestMessage = 2_000

    /// - Parameter answer: one whose status is not 2xx.
    init(_ answer: SiteAnswer) {
        let error = try? JSONDecoder().decode(Envelope.self, from: Data(answer.body)).error
        let message = error.map { String($0.message.prefix(Self.longestMessage)) }
        let refusal = Refusal(
            status: answer.status,
            code: error.map { String($0.code.prefix(100)) },
            message: message ?? Self.sentence(answer.status),
            field: error?.field
        )
        let isPassing = answer.status >= 500 || [408, 429].contains(answer.status)
        if isPassing, !Self.decided.contains(error?.code ?? "") {
            self = .passing(
                reason: "the site answers \(answer.status)",
                final: error.map { _ in .refused(refusal) }
            )
        } else {
            self = .refused(refusal)
        }
    }

    private static func sentence(_ status: Int) -> String {
        switch status {
        case 300..<400: "The site sends to another address, which is not followed. Is its address right?"
        case 401: "The site wants to know who asks. Please sign in with a token."
        default: "The answer was \(status), and not in Parley's words. Is its address right?"
        }
    }

    private struct Envelope: Decodable {
        struct Fault: Decodable {
            let code: String
            let message: String
            let field: String?
        }

        let error: Fault
    }
}
