import Domain
import Foundation

/// Builds every URL of the site.
enum Links {
    /// What every path begins with: empty, or the path of PUBLIC_URL without a slash at its end.
    ///
    /// Bound for each request by ``UnderPath``, and nowhere else (decision 0094).
    @TaskLocal static var base = ""

    static var start: String { "\(base)/" }
    static var startDiscussion: String { "\(base)/discussions" }

    static func discussion(_ id: DiscussionID) -> String { "\(base)/discussions/\(id)" }

    static func live(_ id: DiscussionID, fromSeat seat: Int? = nil) -> String {
        "\(discussion(id))/live" + (seat.map { "?from=\($0)" } ?? "")
    }

    static func events(_ id: DiscussionID) -> String { "\(discussion(id))/events" }

    static func round(_ number: Int, of id: DiscussionID) -> String { "\(discussion(id))/rounds/\(number)" }

    static func allRounds(_ id: DiscussionID) -> String { "\(discussion(id))?rounds=all" }

    /// The part of the discussion in which a round stands, open.
    static func discussion(_ id: DiscussionID, at round: Int) -> String {
        "\(discussion(id))?round=\(round)#round-\(round)"
    }

    /// The part of the discussion that ends before a round.
    static func rounds(before round: Int, of id: DiscussionID) -> String {
        "\(discussion(id))?before=\(round)"
    }

    /// A message where it always is, whatever else the discussion has grown to.
    static func message(_ message: MessageID, round: Int, of id: DiscussionID) -> String {
        "\(self.round(round, of: id))#m-\(message)"
    }

    /// Parts of a discussion as Markdown, to be copied.
    static func markdown(round: Int, of id: DiscussionID) -> String { "\(export(id, "md"))?round=\(round)" }

    static func markdown(message: MessageID, of id: DiscussionID) -> String {
        "\(export(id, "md"))?message=\(message)"
    }

    static func markdownConclusion(of id: DiscussionID) -> String { "\(export(id, "md"))?part=conclusion" }

    /// What a person can do with a discussion.
    enum Action: String {
        case input, files, proceed, questions, answers, summary, resolve, reopen, stop, delete, restore
    }

    static func action(_ action: Action, _ id: DiscussionID) -> String {
        "\(discussion(id))/\(action.rawValue)"
    }

    static func export(_ id: DiscussionID, _ format: String) -> String {
        "\(discussion(id))/export.\(format)"
    }

    /// Which provider saw which words.
    static func providers(_ id: DiscussionID) -> String { "\(discussion(id))/providers" }

    static func file(_ id: FileID) -> String { "\(base)/files/\(id)" }

    /// Where nginx finds the bytes of a file, and nobody else can ask.
    static func storedFile(_ id: FileID) -> String { "\(base)/-/files/\(id)" }

    static var costs: String { "\(base)/costs" }
    static var status: String { "\(base)/status" }
    static var health: String { "\(base)/health" }

    static var signOut: String { "\(base)/signout" }
    static var account: String { "\(base)/account" }
    static var changePassword: String { "\(account)/password" }
    static var signIn: String { "\(base)/signin" }

    static func endSession(_ id: SessionID) -> String { "\(account)/sessions/\(id)/end" }

    /// The page to sign in on, which leads to `next`.
    static func signIn(next: String) -> String {
        next == start ? signIn : "\(signIn)?next=\(encoded(next))"
    }

    /// The whole path of a request.
    static func here(_ path: String) -> String { base + path }

    /// The page that holds the form of an action.
    static func page(ofAction path: String) -> String {
        let parts = path.split(separator: "/")
        switch parts.first {
        case "discussions" where parts.count > 1: return discussion(DiscussionID(rawValue: String(parts[1])))
        case "account": return account
        default: return start
        }
    }

    static var deleted: String { "\(start)?deleted=1" }

    /// The list with a message that `id` was deleted, and the way back.
    static func list(deleted id: DiscussionID) -> String { "\(start)?undo=\(id)" }

    /// The part of the list that holds what is asked for.
    static func list(words: String? = nil, status: String? = nil, before key: String? = nil) -> String {
        let fields = [("q", words), ("status", status), ("before", key)]
        let query = fields.compactMap { name, value in value.map { "\(name)=\(encoded($0))" } }
        return query.isEmpty ? start : "\(start)?\(query.joined(separator: "&"))"
    }

    /// The start page with this topic in its field.
    static func start(topic: String) -> String { "\(start)?topic=\(encoded(topic))" }

    private static func encoded(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "-._~").union(.init(charactersIn: "0"..."9"))
            .union(.init(charactersIn: "a"..."z")).union(.init(charactersIn: "A"..."Z"))
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }

    static func asset(_ name: String, version: String) -> String { "\(base)/assets/\(name)?v=\(version)" }
}
