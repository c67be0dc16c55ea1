import Domain
import Store

/// The list for scripts; what was found by a search has `snippets` beside it.
struct ListJSON: Encodable {
    struct Entry: Encodable {
        let id: DiscussionID
        let topic: String
        let status: DiscussionStatus
        let updatedAt: String
        let cost: Cost
        let snippets: [Snippet]?
    }

    /// Words around a hit: where they stand, and which of them were looked for.
    struct Snippet: Encodable {
        struct Piece: Encodable {
            let text: String
            let hit: Bool
        }

        let link: String
        let place: String
        let pieces: [Piece]
    }

    let discussions: [Entry]
    @ExplicitNull var next: String?
    let cursor: Int

    init(_ list: DiscussionList) {
        cursor = list.cursor
        next = list.next
        discussions = list.entries.map { entry in
            let discussion = entry.discussion
            return Entry(
                id: discussion.id,
                topic: discussion.topic,
                status: discussion.status,
                updatedAt: discussion.updatedAt.iso8601,
                cost: discussion.cost,
                snippets: entry.found?.finds.map { find in
                    Snippet(
                        link: find.source.link(in: discussion.id),
                        place: find.source.words,
                        pieces: find.excerpt.pieces.map { .init(text: $0.text, hit: $0.isHit) }
                    )
                }
            )
        }
    }
}
