import HTTPTypes
import Hummingbird

/// The message at the top of the page that a form's redirect leads to: what became of the command.
///
/// A cookie carries the command's name over the redirect, never words, so nothing that comes from outside
/// is ever shown. Its path is the discussion's own page, so that no other page can eat it up.
enum Flash {
    private static let name = "parley_done"
    /// A redirect is followed at once; what is found later tells of something long past.
    private static let seconds = 60
    /// Sent by parley.js with the pages that it fetches in the background: those show no message, and leave
    /// it to the page that it is meant for.
    private static let background = HTTPField.Name("Parley-Part") ?? .from

    /// Lets the page at `path` tell that `command` was carried out.
    static func leave(_ command: String, at path: String, in response: inout Response) {
        response.setCookie(cookie(command, at: path, seconds: seconds))
    }

    /// The command that the page at `request` is to tell of.
    static func find(_ request: Request) -> String? {
        // Neither a look at the head nor a page fetched ahead is seen by anybody.
        guard request.method == .get, request.headers[.init("Sec-Purpose") ?? .from] == nil,
            request.headers[background] == nil, let command = request.cookies[name]?.value,
            Outcome.words[command] != nil
        else { return nil }
        return command
    }

    /// The message has been shown.
    static func clear(at path: String, in response: inout Response) {
        response.setCookie(cookie("", at: path, seconds: 0))
    }

    private static func cookie(_ value: String, at path: String, seconds: Int) -> Cookie {
        // Not `Secure`: it names a command and no secret, and must work on a plain-http intranet.
        Cookie(name: name, value: value, maxAge: seconds, path: path, httpOnly: true, sameSite: .lax)
    }
}
