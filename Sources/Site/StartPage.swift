import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Store

extension Site {
    /// How many discussions a page of the list holds.
    private static let listLength = 20

    /// `GET /`: the form that starts a discussion, and the person's discussions.
    @Sendable func startPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let query = request.uri.queryParameters
        let before = try query["before"].map { try ListPosition(String($0)).key }
        let isDeleted = query["deleted"] == "1"
        let list = isDeleted ? try await deletedList() : try await list(before: before)
        guard !request.wantsJSON else { return try .json(ListJSON(list)) }
        guard !isDeleted else { return try deletedPage(list) }
        var undone: DeletedView?
        if let id = query["undo"] { undone = try await undo(DiscussionID(rawValue: String(id))) }
        return try startPage(list: list, isFirst: before == nil, undo: undone)
    }

    /// The page as a refused form shows it: with what was typed, and why it was refused.
    func startPage(refused problem: Problem, typed form: Form) async throws -> Response {
        var typed = StartView.Typed(topic: form.shown("topic"), house: form.shown("place") == "house")
        let field = problem.field.flatMap { ["topic", "files"].contains($0) ? $0 : nil } ?? "start"
        typed.problem = .init(field: field, message: problem.message)
        typed.hadFiles = form.hadFiles
        return try startPage(
            list: try await list(before: nil),
            isFirst: true,
            typed: typed,
            status: problem.status
        )
    }

    private func startPage(
        list: DiscussionList,
        isFirst: Bool,
        typed: StartView.Typed? = nil,
        undo: DeletedView? = nil,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let typed = typed ?? .init(topic: "", house: about.staysInHouse)
        let title = isFirst ? "Put a question to the table" : "Your discussions"
        return try page(
            "start-page",
            StartView(
                layout: layout(title: typed.problem == nil ? title : "Error: \(title)"),
                isFirst: isFirst,
                undo: undo,
                deleted: Links.deleted,
                action: Links.startDiscussion,
                commandID: makeID(),
                done: Outcome.words["start-dialogue"] ?? "",
                typed: typed,
                files: uploads.map { FileChoice($0, again: typed.hadFiles) },
                seats: engine.panel(place: .any)?.seats.map(SeatView.init) ?? [],
                offersHouse: engine.panel(place: .house) != nil && engine.models.count > 1,
                onlyHouse: engine.panel(place: .house) != nil && engine.models.count == 1,
                oneModel: oneModelNote(engine.panel(place: .any)),
                estimate: CostNote(
                    engine,
                    place: about.staysInHouse ? .house : .any,
                    takesFiles: uploads != nil
                ).words,
                hasDiscussions: !list.discussions.isEmpty,
                discussions: list.discussions.map(StartView.Entry.init),
                next: list.next.map { Links.list(before: $0.description) }
            ),
            status: status
        )
    }

    private func list(before key: ListKey?) async throws -> DiscussionList {
        let person = person.id
        let (found, cursor) = try await store.read { reader in
            // One more than is shown tells whether there is a next page.
            (
                try reader.listDiscussions(of: person, before: key, limit: Self.listLength + 1),
                try reader.newestEvent()
            )
        }
        let shown = Array(found.prefix(Self.listLength))
        let last = found.count > shown.count ? shown.last : nil
        return DiscussionList(
            discussions: shown,
            next: last.map { ListPosition(ListKey(updatedAt: $0.updatedAt, id: $0.id)) },
            cursor: cursor
        )
    }

    func oneModelNote(_ panel: Panel?) -> String? {
        guard let panel, panel.hasOneModel else { return nil }
        return "Three viewpoints, one model: not independent checks."
    }
}

struct DiscussionList {
    let discussions: [Discussion]
    let next: ListPosition?
    /// Of the snapshot that the list was read from.
    let cursor: Int
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
        else { throw Problem.invalid("before", "This page of the list does not exist.") }
        key = ListKey(
            updatedAt: Date(timeIntervalSince1970: Double(milliseconds) / 1_000),
            id: DiscussionID(rawValue: String(parts[1]))
        )
    }

    var description: String {
        "\(Int64((key.updatedAt.timeIntervalSince1970 * 1_000).rounded()))-\(key.id)"
    }
}

private struct StartView {
    struct Problem {
        let field: String
        let message: String
    }

    struct Typed {
        let topic: String
        let house: Bool
        var problem: Problem?
        var hadFiles = false
    }

    struct Entry {
        let link: String
        let title: String
        let status: String
        let statusWords: String
        let updated: TimeView

        init(_ discussion: Discussion) {
            link = Links.discussion(discussion.id)
            title = discussion.title
            status = discussion.status.rawValue
            statusWords = discussion.status.words
            updated = TimeView(discussion.updatedAt)
        }
    }

    let layout: Layout
    let isFirst: Bool
    let undo: DeletedView?
    let deleted: String
    let action: String
    let commandID: String
    let done: String
    let typed: Typed
    let files: FileChoice?
    let seats: [SeatView]
    let offersHouse: Bool
    let onlyHouse: Bool
    let oneModel: String?
    let estimate: String?
    /// Stored, as all that a template names: it does not see what is computed.
    let hasDiscussions: Bool
    let discussions: [Entry]
    let next: String?
}

private struct ListJSON: Encodable {
    struct Entry: Encodable {
        let id: DiscussionID
        let topic: String
        let status: DiscussionStatus
        let updatedAt: String
        let cost: Cost
    }

    let discussions: [Entry]
    @ExplicitNull var next: String?
    let cursor: Int

    init(_ list: DiscussionList) {
        cursor = list.cursor
        discussions = list.discussions.map {
            Entry(
                id: $0.id,
                topic: $0.topic,
                status: $0.status,
                updatedAt: $0.updatedAt.iso8601,
                cost: $0.cost
            )
        }
        next = list.next.map { Links.list(before: $0.description) }
    }
}
