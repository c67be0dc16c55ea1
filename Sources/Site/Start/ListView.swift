import Domain
import Foundation
import Store

/// The list as pages show it: the search, the filters, and a page of discussions.
struct ListView {
    struct Filter {
        let words: String
        let link: String
        let isChosen: Bool
    }

    struct Entry {
        let link: String
        let title: String
        /// The title with what was found in it; nil where nothing was, or where it stands in an excerpt.
        let marked: [FoundView.Piece]?
        let status: String
        let statusWords: String
        let updated: TimeView
        let cost: String?
        let finds: [FoundView]

        init(_ entry: DiscussionList.Entry) {
            let discussion = entry.discussion
            link = Links.discussion(discussion.id)
            title = discussion.title
            let topic = entry.found?.topic
            marked = topic?.text == discussion.title ? topic?.pieces.map(FoundView.Piece.init) : nil
            status = discussion.status.rawValue
            statusWords = discussion.status.words
            updated = TimeView(discussion.updatedAt)
            cost = discussion.cost.short
            finds = entry.found?.finds.map { FoundView($0, in: discussion.id) } ?? []
        }
    }

    let search: String
    let longest: Int
    let typed: String
    let status: String?
    let filters: [Filter]
    /// There is something to search in, or a filter that hides it.
    let hasTools: Bool
    let entries: [Entry]
    let isEmpty: Bool
    /// Why there is none, and what to do.
    let none: String
    /// The way out of a search or a filter that found nothing.
    let all: String?
    let next: String?
    let nextWords: String
    let deleted: String

    init(_ list: DiscussionList, _ question: ListQuestion) {
        search = Links.start
        longest = SearchWords.longest
        typed = question.typed
        status = question.status?.rawValue
        let choices: [(String, DiscussionStatus?)] = [
            ("All", nil), ("Your turn", .waiting), ("Speaking", .running), ("Resolved", .resolved),
        ]
        filters = choices.map { words, status in
            Filter(
                words: words,
                link: Links.list(words: question.isSearch ? question.typed : nil, status: status?.rawValue),
                isChosen: status == question.status
            )
        }
        entries = list.entries.map(Entry.init)
        isEmpty = entries.isEmpty
        hasTools = !entries.isEmpty || !question.isAll
        all = isEmpty && !question.isAll ? Links.start : nil
        next = list.next
        nextWords = question.isSearch ? "Look further back" : "Older discussions"
        deleted = Links.deleted
        none =
            if question.isSearch {
                // A page looks at so many discussions only; the deleted and those of another status count.
                list.next == nil ? question.nothingFound : "Nothing among the newest; look further back."
            } else if question.isAll {
                "None yet. The first one starts above."
            } else {
                "There are none of this kind."
            }
    }
}

extension ListQuestion {
    /// What may help whoever has found nothing.
    fileprivate var nothingFound: String {
        guard words != nil else { return "There is no letter and no digit in it that could be looked for." }
        let filtered =
            status == nil
            ? "" : " Only some of your discussions were searched; “All” searches the others too."
        // From the scripts that begin here on, most write without spaces between words.
        let unspaced = typed.unicodeScalars.contains {
            (0x0E00...0x0EFF).contains($0.value) || $0.value >= 0x2E80 && $0.properties.isAlphabetic
        }
        return unspaced
            ? "Nothing was found.\(filtered) Where a script has no spaces between words, what stands between two punctuation marks is found from its beginning only."
            : "Nothing was found.\(filtered) All words must stand in one text; fewer words, or only the beginning of the last, find more."
    }
}
