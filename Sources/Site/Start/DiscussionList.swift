import Domain
import Foundation
import Store

/// A page of a person's discussions.
struct DiscussionList: Sendable {
    struct Entry: Sendable {
        let discussion: Discussion
        /// Where the words were found; nil in a list that was not searched.
        let found: SearchResult?
    }

    let entries: [Entry]
    /// The address of the next page.
    let next: String?
    /// Of the snapshot that the list was read from.
    let cursor: Int

    init(_ discussions: [Discussion], next: String?, cursor: Int) {
        entries = discussions.map { Entry(discussion: $0, found: nil) }
        self.next = next
        self.cursor = cursor
    }

    init(_ found: SearchPage, next: String?, cursor: Int) {
        entries = found.results.map { Entry(discussion: $0.discussion, found: $0) }
        self.next = next
        self.cursor = cursor
    }
}

extension Site {
    /// How many discussions a page of the list holds.
    private static let listLength = 20

    func list(_ question: ListQuestion, of person: PersonID) async throws -> DiscussionList {
        question.isSearch ? try await found(question, of: person) : try await listed(question, of: person)
    }

    private func listed(_ question: ListQuestion, of person: PersonID) async throws -> DiscussionList {
        let key = try question.before.map { try ListPosition($0).key }
        let (found, cursor) = try await store.read { reader in
            // One more than is shown tells whether there is a next page.
            (
                try reader.listDiscussions(
                    of: person,
                    status: question.status,
                    before: key,
                    limit: Self.listLength + 1
                ),
                try reader.newestEvent()
            )
        }
        let shown = Array(found.prefix(Self.listLength))
        let last = found.count > shown.count ? shown.last : nil
        let position = last.map { ListPosition(ListKey(updatedAt: $0.updatedAt, id: $0.id)).description }
        return DiscussionList(shown, next: position.map(question.link), cursor: cursor)
    }

    private func found(_ question: ListQuestion, of person: PersonID) async throws -> DiscussionList {
        let key = try question.before.map { text in
            guard let key = Int64(text).flatMap(SearchKey.init) else { throw Problem.noSuchListPage }
            return key
        }
        let (found, cursor) = try await store.read { reader -> (SearchPage, Int) in
            guard let words = question.words else {
                return (.empty, try reader.newestEvent())
            }
            return (
                try reader.search(
                    for: words,
                    of: person,
                    status: question.status,
                    before: key,
                    limit: Self.listLength
                ),
                try reader.newestEvent()
            )
        }
        return DiscussionList(
            found,
            next: found.next.map { question.link(before: String($0.rawValue)) },
            cursor: cursor
        )
    }
}

extension Problem {
    static let noSuchListPage = Problem.invalid("before", "This page of the list does not exist.")
}

/// The place in the list where a page begins, as it stands in URLs: milliseconds and the id.
struct ListPosition: CustomStringConvertible {
    let key: ListKey

    init(_ key: ListKey) {
        self.key = key
    }

    /// - Throws: ``Problem`` for anything that no page of ours has handed out.
    init(_ text: String) throws {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let milliseconds = Int64(parts[0]),
            (0...(1 << 52)).contains(milliseconds)
        else { throw Problem.noSuchListPage }
        key = ListKey(
            updatedAt: Date(timeIntervalSince1970: Double(milliseconds) / 1_000),
            id: DiscussionID(rawValue: String(parts[1]))
        )
    }

    var description: String {
        "\(Int64((key.updatedAt.timeIntervalSince1970 * 1_000).rounded()))-\(key.id)"
    }
}
