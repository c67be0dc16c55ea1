import Domain
import Foundation

/// Builds every URL of the site.
enum Links {
    static let start = "/"
    static let startDiscussion = "/discussions"

    static func discussion(_ id: DiscussionID) -> String { "/discussions/\(id)" }

    static func message(_ id: MessageID, of discussion: DiscussionID) -> String {
        "\(Self.discussion(discussion))#m-\(id)"
    }

    static func live(_ id: DiscussionID, fromSeat seat: Int? = nil) -> String {
        "\(discussion(id))/live" + (seat.map { "?from=\($0)" } ?? "")
    }

    static func proceed(_ id: DiscussionID) -> String { "\(discussion(id))/proceed" }

    static func list(before key: String) -> String { "/?before=\(key)" }

    static func asset(_ name: String, version: String) -> String { "/assets/\(name)?v=\(version)" }
}
