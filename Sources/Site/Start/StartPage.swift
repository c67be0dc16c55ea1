import Domain
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Store

extension Site {
    /// More than this wait for hardly anybody; counting them all would cost more than it tells.
    private static let mostCounted = 99

    /// `GET /`: the form that starts a discussion, and the person's discussions.
    ///
    /// `topic` fills the field; `q`, `status` and `before` show the list alone.
    @Sendable func startPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let query = PageQuery(request)
        let person = try context.person.id
        guard query["deleted"] != "1" else {
            let list = try await deletedList(of: person)
            return request.wantsJSON ? try .json(ListJSON(list)) : try deletedPage(list, context)
        }
        let question = try ListQuestion(query)
        let list = try await list(question, of: person)
        guard !request.wantsJSON else { return try .json(ListJSON(list)) }
        guard question.isAll else { return try listPage(list, question, context) }
        var undone: DeletedView?
        if let id = query["undo"] { undone = try await undo(DiscussionID(rawValue: id), of: person) }
        let typed = StartView.Typed(topic: Self.prefilled(query["topic"] ?? ""), house: about.staysInHouse)
        return try await startPage(list, context, typed: typed, undo: undone)
    }

    /// The page as a refused form shows it: with what was typed, and why it was refused.
    func startPage(
        _ context: SiteContext,
        refused problem: Problem,
        typed form: Form
    ) async throws -> Response {
        var typed = StartView.Typed(topic: form.shown("topic"), house: form.shown("place") == "house")
        let field = problem.field.flatMap { ["topic", "files"].contains($0) ? $0 : nil } ?? "start"
        typed.problem = .init(field: field, message: problem.message)
        typed.topicFault = field == "topic"
        typed.filesFault = field == "files"
        typed.hadFiles = form.hadFiles
        let list = try await list(.all, of: context.person.id)
        return try await startPage(list, context, typed: typed, status: problem.status)
    }

    /// A topic from an address: whoever made it, no more of it than the form takes.
    private static func prefilled(_ topic: String) -> String {
        let tidy = TextRule.tidy(topic.replacing("\0", with: ""))
        return String(String.UnicodeScalarView(tidy.unicodeScalars.prefix(TextRule.topic.range.upperBound)))
    }

    private func startPage(
        _ list: DiscussionList,
        _ context: SiteContext,
        typed: StartView.Typed,
        undo: DeletedView? = nil,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let title = "Put a question to the table"
        let person = try context.person.id
        let waiting = try await store.read { reader in
            try reader.countWaiting(of: person, limit: Self.mostCounted + 1)
        }
        return try page(
            "start-page",
            StartView(
                layout: layout(title: typed.problem == nil ? title : "Error: \(title)", context),
                undo: undo,
                action: Links.startDiscussion,
                commandID: makeID(),
                done: Outcome.words["start-dialogue"] ?? "",
                typed: typed,
                examples: ExampleTopics.all.map {
                    .init(label: $0.label, topic: $0.topic, link: Links.start(topic: $0.topic))
                },
                offer: StartOffer(
                    engine,
                    staysInHouse: about.staysInHouse,
                    takesFiles: uploads != nil
                ),
                files: uploads.map { FileChoice($0, again: typed.hadFiles, isFault: typed.filesFault) },
                hasDiscussions: !list.entries.isEmpty,
                waiting: waiting == 0
                    ? nil : waiting > Self.mostCounted ? "\(Self.mostCounted)+" : "\(waiting)",
                waitingLink: Links.list(status: DiscussionStatus.waiting.rawValue),
                list: ListView(list, .all)
            ),
            status: status
        )
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
        var topicFault = false
        var filesFault = false
    }

    struct Example {
        let label: String
        let topic: String
        let link: String
    }

    let layout: Layout
    let undo: DeletedView?
    let action: String
    let commandID: String
    let done: String
    let typed: Typed
    let examples: [Example]
    let offer: StartOffer
    let files: FileChoice?
    /// Stored, as all that a template names: it does not see what is computed.
    let hasDiscussions: Bool
    /// How many discussions wait for the person.
    let waiting: String?
    let waitingLink: String
    let list: ListView
}
