/// Words around what was looked for, as pieces that were hit and pieces that were not.
package struct Excerpt: Sendable, Hashable {
    package struct Piece: Sendable, Hashable {
        package let text: String
        package let isHit: Bool

        package init(text: String, isHit: Bool) {
            self.text = text
            self.isHit = isHit
        }
    }

    /// In characters: a few lines on a phone.
    ///
    /// The index counts an excerpt in words, and a word may be a whole page.
    static let longest = 320
    /// In characters: what stands before the first hit.
    static let longestLead = 100

    /// Where a hit begins and ends in what the index hands out; control characters have no place in a page.
    static let begin: Character = "\u{2}"
    static let end: Character = "\u{3}"

    package let pieces: [Piece]

    /// The words alone.
    package var text: String { pieces.map(\.text).joined() }

    /// - Parameter marked: text in which ``begin`` and ``end`` stand around the hits.
    init(marked: String) {
        var pieces: [Piece] = []
        var text = ""
        var isHit = false
        for character in marked {
            guard character == Self.begin || character == Self.end else {
                text.append(character)
                continue
            }
            if !text.isEmpty { pieces.append(Piece(text: text, isHit: isHit)) }
            text = ""
            isHit = character == Self.begin
        }
        if !text.isEmpty { pieces.append(Piece(text: text, isHit: isHit)) }
        self.pieces = pieces
    }

    private init(pieces: [Piece]) {
        self.pieces = pieces
    }

    /// On one line, without Markdown's marks, and no longer than ``longest``.
    var short: Excerpt {
        var room = Self.longest
        var short: [Piece] = []
        for (index, piece) in pieces.enumerated() {
            var text = Self.plain(piece.text)
            if index == 0, !piece.isHit, text.count > Self.longestLead {
                text = "…\(text.suffix(Self.longestLead))"
            }
            if text.count > room { text = "\(text.prefix(room))…" }
            room -= text.count
            if !text.isEmpty { short.append(Piece(text: text, isHit: piece.isHit)) }
            guard room > 0 else { break }
        }
        return Excerpt(pieces: short)
    }

    private static func plain(_ text: String) -> String {
        var plain = ""
        for character in text where !["*", "`", "#", "|"].contains(character) {
            let isBlank = character.isWhitespace
            if isBlank, plain.last == " " { continue }
            plain.append(isBlank ? " " : character)
        }
        return plain
    }
}
