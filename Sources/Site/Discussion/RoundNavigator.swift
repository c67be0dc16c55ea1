import Domain

/// The way to any round of a discussion, in a bounded number of links.
struct RoundNavigator {
    struct Part {
        let words: String
        let link: String
        let isHere: Bool
        /// Parts between the one before and this are left out.
        let isAfterGap: Bool
    }

    /// With fewer rounds everything is in sight.
    private static let fewest = 4
    /// So many parts are spread over the whole; those about the page and the last ones come to them.
    private static let spread = 6

    let parts: [Part]
    let allRounds: String
    let isAll: Bool
    /// Where a round is asked for by its number; nil where all are on the page.
    let ask: String?
    let newest: Int

    /// - Returns: nil for a discussion that is short.
    init?(_ id: DiscussionID, _ part: PagePart, newest: Int, listed: ClosedRange<Int>?) {
        guard newest >= Self.fewest, let listed else { return nil }
        self.newest = newest
        allRounds = Links.allRounds(id)
        isAll = part == .all
        guard newest > PagePart.size else {
            ask = nil
            parts = listed.map {
                Part(words: "\($0)", link: "#round-\($0)", isHere: false, isAfterGap: false)
            }
            return
        }
        ask = Links.discussion(id)
        let size = PagePart.size
        let older = Array(stride(from: 1, through: newest - size, by: size))
        let here = part.isNewest ? older.count : (listed.lowerBound - 1) / size
        let step = max(1, (older.count + Self.spread - 1) / Self.spread)
        var parts: [Part] = []
        var previous = -1
        for (index, first) in older.enumerated()
        where index % step == 0 || abs(index - here) < 2 || index == older.count - 1 {
            parts.append(
                Part(
                    words: "\(first)–\(first + size - 1)",
                    link: Links.rounds(before: first + size, of: id),
                    isHere: !part.isNewest && index == here,
                    isAfterGap: index > previous + 1
                )
            )
            previous = index
        }
        func add(_ words: String, _ link: String, isHere: Bool = false) {
            parts.append(Part(words: words, link: link, isHere: isHere, isAfterGap: false))
        }
        if part == .newest { add("\(listed.lowerBound)–\(newest)", Links.discussion(id), isHere: true) }
        // On the page that has it, down to it.
        add("newest", part.isNewest ? "#round-\(newest)" : Links.discussion(id))
        self.parts = parts
    }
}
