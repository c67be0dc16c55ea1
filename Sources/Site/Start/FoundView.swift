import Domain
import Store

/// A place where a search has found its words, as the list shows it.
struct FoundView {
    struct Piece {
        let text: String
        let isHit: Bool

        init(_ piece: Excerpt.Piece) {
            text = piece.text
            isHit = piece.isHit
        }
    }

    let link: String
    let place: String
    let pieces: [Piece]

    init(_ find: SearchFind, in discussion: DiscussionID) {
        link = find.source.link(in: discussion)
        place = find.source.words
        pieces = find.excerpt.pieces.map(Piece.init)
    }
}

extension SearchFind.Source {
    /// Where the words stand, in a person's words.
    var words: String {
        switch self {
        case .topic: "Topic"
        case .message(_, let persona, let round): "\(persona.name), round \(round)"
        case .input(0): "You"
        case .input(let round): "You, round \(round)"
        case .answer(let round): "Your answer, round \(round)"
        case .conclusion: "Conclusion"
        }
    }

    func link(in discussion: DiscussionID) -> String {
        switch self {
        case .topic, .input(0): Links.discussion(discussion)
        case .message(let id, _, let round): Links.message(id, round: round, of: discussion)
        case .input(let round), .answer(let round): Links.round(round, of: discussion)
        case .conclusion: "\(Links.discussion(discussion))#resolution"
        }
    }
}
