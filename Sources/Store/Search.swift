package import Domain
import GRDB

/// A discussion in which the words were found.
package struct SearchResult: Sendable, Hashable {
    package let discussion: Discussion
    /// The whole topic, where they were found in it.
    package let topic: Excerpt?
    /// Of the topic, if it is longer than a title, and of what was said, the newest first.
    package let finds: [SearchFind]
}

/// A place where the words were found.
package struct SearchFind: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        case topic
        case message(MessageID, Persona, round: Int)
        /// The person's remark; round 0 is before the first.
        case input(round: Int)
        /// The person's own words to a question.
        case answer(round: Int)
        case conclusion
    }

    package let source: Source
    package let excerpt: Excerpt
}

/// Discussions that were found, and where to look on.
package struct SearchPage: Sendable {
    package let results: [SearchResult]
    /// What was found last; there may be more before it.
    package let next: SearchKey?

    /// Of a search for nothing that could be found.
    package static let empty = SearchPage(results: [], next: nil)
}

/// A discussion's place among those that can be found: the one that was started last has the highest.
package struct SearchKey: Sendable, Hashable, RawRepresentable {
    package let rawValue: Int64

    /// - Returns: nil for a number that no discussion can have.
    package init?(rawValue: Int64) {
        guard (1...(Int64.max >> Int64(SearchIndex.bits + 1))).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    /// The number of its first text, the topic.
    fileprivate var first: Int64 { rawValue << Int64(SearchIndex.bits) }
}

extension StoreReader {
    /// A few excerpts tell whether it is the right discussion.
    package static let mostFinds = 3
    /// How many discussions one page may look at, if most of them are deleted or of another status: some tens of
    /// milliseconds.
    ///
    /// Behind them, the next page goes on.
    static let mostLooked = 2_000

    /// A page of the person's discussions in which all the words stand in one text, the last started first.
    ///
    /// In this order, since ranking would have to look at every hit: 283 ms for a common word in 300,000 messages.
    package func search(
        for words: SearchWords,
        of person: PersonID,
        status: DiscussionStatus? = nil,
        before key: SearchKey? = nil,
        limit: Int
    ) throws -> SearchPage {
        let query = words.query(of: person)
        let (found, next) = try find(query, of: person, status: status, before: key, limit: limit)
        let rows = try excerpts(of: found.flatMap(\.texts), query)
        return SearchPage(results: try found.map { try result($0, rows) }, next: next)
    }

    /// A discussion of the page, and the texts of it that are shown.
    private struct Found {
        let key: SearchKey
        let discussion: Discussion
        var hasTopic = false
        /// The newest first.
        var said: [Int64] = []

        var texts: [Int64] { hasTopic ? said + [key.first] : said }

        mutating func add(_ text: Int64) {
            if text == key.first {
                hasTopic = true
            } else if said.count < StoreReader.mostFinds {
                said.append(text)
            }
        }
    }

    /// Walks once over the hits: each query for a beginning of four letters or more gathers all of them anew.
    private func find(
        _ query: String,
        of person: PersonID,
        status: DiscussionStatus?,
        before key: SearchKey?,
        limit: Int
    ) throws -> (found: [Found], next: SearchKey?) {
        let texts = try Int64.fetchCursor(
            db,
            sql: "SELECT rowid FROM search WHERE search MATCH ? AND rowid < ? ORDER BY rowid DESC",
            arguments: [query, key?.first ?? .max]
        )
        var found: [Found] = []
        var looked = 0
        var last = key
        while let text = try texts.next(), let key = SearchKey(rawValue: text >> Int64(SearchIndex.bits)) {
            if key != last {
                guard found.count < limit, looked < Self.mostLooked else { return (found, last) }
                looked += 1
                last = key
                if let discussion = try findDiscussion(key, of: person),
                    status ?? discussion.status == discussion.status
                {
                    found.append(Found(key: key, discussion: discussion))
                }
            }
            if let index = found.indices.last, found[index].key == key { found[index].add(text) }
        }
        return (found, nil)
    }

    private func findDiscussion(_ key: SearchKey, of person: PersonID) throws -> Discussion? {
        try String.fetchOne(
            db,
            sql: "SELECT discussion FROM search_texts WHERE id = ?",
            arguments: [key.first]
        )
        .flatMap { try findDiscussion(DiscussionID(rawValue: $0), of: person) }
    }

    /// The excerpts of all these texts, by their numbers.
    ///
    /// The `+` keeps the numbers from the index, which would gather its hits anew for each of them.
    private func excerpts(of texts: [Int64], _ query: String) throws -> [Int64: Row] {
        guard let first = texts.min(), let last = texts.max() else { return [:] }
        let (begin, end) = (String(Excerpt.begin), String(Excerpt.end))
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT search.rowid AS id, texts.kind, texts.source, snippet(search, 1, ?, ?, '…', 24) AS part,
                    CASE WHEN search.rowid & ? = 0 THEN highlight(search, 1, ?, ?) END AS whole
                FROM search CROSS JOIN search_texts AS texts ON texts.id = search.rowid
                WHERE search MATCH ? AND search.rowid BETWEEN ? AND ?
                    AND +search.rowid IN (\(databaseQuestionMarks(count: texts.count)))
                """,
            arguments: [begin, end, (1 << SearchIndex.bits) - 1, begin, end, query, first, last]
                + StatementArguments(texts)
        )
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"], $0) })
    }

    private func result(_ found: Found, _ rows: [Int64: Row]) throws -> SearchResult {
        let discussion = found.discussion
        let topic = rows[found.key.first]
        var finds: [SearchFind] = []
        if let topic, discussion.title != discussion.topic {
            finds.append(SearchFind(source: .topic, excerpt: Excerpt(marked: topic["part"]).short))
        }
        for row in found.said.compactMap({ rows[$0] }) {
            guard let source = try source(row) else { continue }
            finds.append(SearchFind(source: source, excerpt: Excerpt(marked: row["part"]).short))
        }
        return SearchResult(
            discussion: discussion,
            topic: topic.map { Excerpt(marked: $0["whole"]) },
            finds: Array(finds.prefix(Self.mostFinds))
        )
    }

    private func source(_ row: Row) throws -> SearchFind.Source? {
        let source: DatabaseValue = row["source"]
        switch row["kind"] as String {
        case "message":
            return try Row.fetchOne(
                db,
                sql: """
                    SELECT messages.round, seats.persona FROM messages
                    JOIN seats ON seats.discussion = messages.discussion AND seats.seat = messages.seat
                    WHERE messages.id = ?
                    """,
                arguments: [source]
            ).flatMap { found in
                guard let id = String.fromDatabaseValue(source) else { return nil }
                return .message(MessageID(rawValue: id), try found.value("persona"), round: found["round"])
            }
        case "input":
            return try Int.fetchOne(
                db,
                sql: "SELECT round FROM user_inputs WHERE id = ?",
                arguments: [source]
            )
            .map { .input(round: $0) }
        case "answer":
            return try Int.fetchOne(
                db,
                sql: "SELECT round FROM question_sets WHERE id = ?",
                arguments: [source]
            )
            .map { .answer(round: $0) }
        case "conclusion": return .conclusion
        default: return nil
        }
    }
}
