import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Store

/// What a page of the list is asked for: `q`, `status` and `before`, which go together.
struct ListQuestion: Sendable {
    /// What was typed; empty when nothing is searched for.
    let typed: String
    /// Nil when nothing is searched for, and for what holds nothing that could be found.
    let words: SearchWords?
    let status: DiscussionStatus?
    let before: String?

    static let all = ListQuestion(typed: "", words: nil, status: nil, before: nil)

    var isSearch: Bool { !typed.isEmpty }
    /// The list as it begins, without a filter.
    var isAll: Bool { !isSearch && status == nil && before == nil }

    /// - Throws: ``Problem`` for a status that there is not.
    init(_ query: PageQuery) throws {
        typed = TextRule.tidy(query["q"] ?? "")
        words = SearchWords(typed)
        before = query["before"]
        status = try query["status"].flatMap { text in
            guard !text.isEmpty else { return nil }
            guard let status = DiscussionStatus(rawValue: text) else {
                throw Problem.invalid("status", "The status is neither running, waiting nor resolved.")
            }
            return status
        }
    }

    private init(typed: String, words: SearchWords?, status: DiscussionStatus?, before: String?) {
        self.typed = typed
        self.words = words
        self.status = status
        self.before = before
    }

    /// The address of its page that begins at `position`.
    func link(before position: String?) -> String {
        Links.list(words: isSearch ? typed : nil, status: status?.rawValue, before: position)
    }
}

/// The fields of an address, read as those of a form are: a browser sends blanks as `+`.
struct PageQuery {
    private let fields: [String: [[UInt8]]]

    init(_ request: Request) {
        fields = Form.parse(encoded: Array((request.uri.query ?? "").utf8))
    }

    /// The last text of this name; what is no text is shown as it can be.
    subscript(name: String) -> String? { fields[name]?.last.map { String(decoding: $0, as: UTF8.self) } }
}
