import Domain
import Foundation

/// Builds every URL of the site.
enum Links {
    static let start = "/"
    static let startDiscussion = "/discussions"

    static func discussion(_ id: DiscussionID) -> String { "/discussions/\(id)" }

    static func live(_ id: DiscussionID, fromSeat seat: Int? = nil) -> String {
        "\(discussion(id))/live" + (seat.map { "?from=\($0)" } ?? "")
    }

    static func events(_ id: DiscussionID) -> String { "\(discussion(id))/events" }

    static func round(_ number: Int, of id: DiscussionID) -> String { "\(discussion(id))/rounds/\(number)" }

    static func allRounds(_ id: DiscussionID) -> String { "\(discussion(id))?rounds=all" }

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

    static func file(_ id: FileID) -> String { "/files/\(id)" }

    /// Where nginx finds the bytes of a file, and nobody else can ask.
    static func storedFile(_ id: FileID) -> String { "/-/files/\(id)" }

    static let costs = "/costs"
    static let status = "/status"

    static let deleted = "/?deleted=1"

    /// The list with a message that `id` was deleted, and the way back.
    static func list(deleted id: DiscussionID) -> String { "/?undo=\(id)" }

    static func list(before key: String) -> String { "/?before=\(key)" }

    static func asset(_ name: String, version: String) -> String { "/assets/\(name)?v=\(version)" }
}
