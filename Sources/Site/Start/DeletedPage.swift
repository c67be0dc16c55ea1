import Domain
import Hummingbird
import Store

extension Site {
    /// The deleted discussions that can be restored are few; whoever has more restores the newest first.
    private static let longestDeletedList = 100

    func deletedList(of person: PersonID) async throws -> DiscussionList {
        try await store.read { reader in
            DiscussionList(
                try reader.listDeletedDiscussions(of: person, limit: Self.longestDeletedList),
                next: nil,
                cursor: try reader.newestEvent()
            )
        }
    }

    /// `GET /?deleted=1`: what can be restored.
    func deletedPage(_ list: DiscussionList, _ context: SiteContext) throws -> Response {
        try page(
            "deleted-page",
            DeletedListView(
                layout: layout(title: "Deleted discussions", context),
                home: Links.start,
                discussions: list.entries.map { deletedView($0.discussion) },
                isEmpty: list.entries.isEmpty
            )
        )
    }

    /// The message that a discussion was just deleted; nil if it is not, any more.
    func undo(_ id: DiscussionID, of person: PersonID) async throws -> DeletedView? {
        let found = try await store.read { reader in try reader.findDeletedDiscussion(id, of: person) }
        return found.map(deletedView)
    }

    private func deletedView(_ discussion: Discussion) -> DeletedView {
        DeletedView(
            title: discussion.title,
            restore: ActionForm(.restore, discussion.id, commandID: makeID())
        )
    }
}

/// A deleted discussion and the way back.
struct DeletedView {
    let title: String
    let restore: ActionForm
}

private struct DeletedListView {
    let layout: Layout
    let home: String
    let discussions: [DeletedView]
    let isEmpty: Bool
}
