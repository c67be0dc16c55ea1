import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("A search", .timeLimit(.minutes(5)))
struct SearchTests {
    @Test func `finds topics, finished messages, remarks, answers and conclusions, each where it stands`()
        async throws
    {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.say("A drill is cheap.", in: discussion)
            try await store.write { writer in
                try writer.insertUserInput("Mind the insurer.", round: 1, of: discussion.id)
                try writer.insert(Samples.questions, round: 1, of: discussion.id)
                try writer.insert(
                    [Answer(question: "1", options: [], text: "Mondays")],
                    to: Samples.questions.id
                )
                try writer.insert(
                    Resolution(reason: .agreed, round: 1, conclusion: "Lend them."),
                    of: discussion.id
                )
            }
            #expect(try await store.sources("why", of: discussion.owner) == [])
            #expect(
                try await store.found("why", of: discussion.owner).first?.topic?.pieces.first?.text == "Why"
            )
            let message = MessageID(rawValue: "m-d1-1")
            #expect(
                try await store.sources("drill", of: discussion.owner) == [
                    .message(message, .analyzer, round: 1)
                ]
            )
            #expect(try await store.sources("insurer", of: discussion.owner) == [.input(round: 1)])
            #expect(try await store.sources("mondays", of: discussion.owner) == [.answer(round: 1)])
            #expect(try await store.sources("lend them", of: discussion.owner) == [.conclusion])
            try await store.checkIndex()
        }
    }

    static let forms: [(String, String, Bool)] = [
        ("drill", "Drills are loud.", true), ("dril", "drills", true), ("rill", "drills", false),
        ("uber den", "Über den Fluß", true), ("ÜBER", "uber", true), ("ete", "l'e\u{301}te\u{301}", true),
        ("den fluß über", "Über den Fluß", true), ("\"den über\"", "Über den Fluß", false),
        ("\"über den\"", "Über den Fluß", true), ("\"über de\"", "Über den Fluß", false),
        ("\"über de", "Über den Fluß", true), ("dri loud", "Drills are loud.", false),
        ("loud dri", "Drills are loud.", true), ("c++", "C, or C++?", true), ("don't", "I don’t.", true),
        ("東京", "東京タワー", true), ("タワー", "東京タワー", false), ("私", "私は東京に住む", true),
        ("हिन्द", "हिन्दी में", true), ("שלום", "אמר שלום", true), ("drill drill", "one drill", true),
    ]

    @Test(arguments: forms)
    func `looks for words whole, the last by its beginning, without accents and case`(
        typed: String,
        text: String,
        isFound: Bool
    ) async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.say(text, in: discussion)
            #expect(try await store.sources(typed, of: discussion.owner).isEmpty != isFound)
        }
    }

    static let hostile = [
        "\"", "\"\"\"", "'", "*", "a*", ":", "owner:p", "body:a", "a OR b", "a AND", "NOT a", "a NOT b",
        "NEAR(a b)",
        "NEAR/2", "(a", "a)", "((((", "^a", "{a b}:c", "a + b", "-a", "a\0b", "\0", "\u{FFFD}", "\u{1E900}",
        "\u{1F98A}", "a\u{1F98A}", "\u{202E}a", ";--", "' OR 1=1", "\" OR owner:\"x", "search MATCH",
        "\u{E000}", "\u{2}a\u{3}", "%", "_", "\\", String(repeating: "\"a ", count: 1_700),
        String(repeating: "(", count: 5_000), String(repeating: "a* OR ", count: 800),
        String(repeating: "\u{1F468}\u{200D}\u{1F469}", count: 1_000),
    ]

    @Test(arguments: hostile)
    func `is never an error, and never shows another's row`(typed: String) async throws {
        try await withStore { store in
            let theirs = try await store.insertSample("theirs")
            try await store.say("a b x OR NEAR owner p \u{E000} secret", in: theirs)
            let stranger = try await store.person(named: "x").id
            #expect(try await store.found(typed, of: stranger).isEmpty)
            _ = try await store.found(typed, of: theirs.owner)
        }
    }

    @Test func `sees a message when it is finished, and indexes it once`() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.write { try $0.insertRound(1, of: discussion.id) }
            var message = Samples.message
            try await store.write { [message] in try $0.insert(message, round: 1, of: discussion.id) }
            for _ in 0..<50 {
                _ = try await store.write { try $0.append("drill ", to: Samples.message.id) }
            }
            #expect(try await store.found("drill", of: discussion.owner).isEmpty)
            #expect(try await store.indexed() == 1, "the topic")
            message.content = "All about a drill"
            message.finished = true
            try await store.write { [message] in try $0.update(message) }
            #expect(try await store.found("drill", of: discussion.owner).count == 1)
            #expect(try await store.indexed() == 2)
            // As a repair of a finished text would.
            message.content = "All about a saw"
            try await store.write { [message] in try $0.update(message) }
            #expect(try await store.found("drill", of: discussion.owner).isEmpty)
            #expect(try await store.found("saw", of: discussion.owner).count == 1)
            try await store.checkIndex()
        }
    }

    @Test func `forgets a text whose transaction fails`() async throws {
        struct Refused: Error {}
        try await withStore { store in
            let discussion = try await store.insertSample()
            await #expect(throws: Refused.self) {
                try await store.write { writer in
                    try writer.insertUserInput("drill", round: 0, of: discussion.id)
                    throw Refused()
                }
            }
            #expect(try await store.found("drill", of: discussion.owner).isEmpty)
            try await store.checkIndex()
        }
    }

    @Test
    func `does not find what is deleted, finds it when restored, and nothing of it is left when erased`()
        async throws
    {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.say("A drill.", in: discussion)
            try await store.write { writer in
                try writer.insertUserInput("My drill.", round: 1, of: discussion.id)
                try writer.insert(Samples.questions, round: 1, of: discussion.id)
                try writer.insert(
                    [Answer(question: "1", options: ["1"], text: "drill")],
                    to: Samples.questions.id
                )
                try writer.insert(
                    Resolution(reason: .person, round: 1, conclusion: "Drill."),
                    of: discussion.id
                )
                try writer.delete(discussion.id)
            }
            #expect(try await store.found("drill", of: discussion.owner).isEmpty)
            try await store.write { try $0.restore(discussion.id) }
            #expect(try await store.sources("drill", of: discussion.owner).count == StoreReader.mostFinds)
            let erased = try await store.write { writer in
                try writer.delete(discussion.id)
                return try writer.eraseDiscussions(deletedBefore: .distantFuture, limit: 10)
            }
            #expect(erased.discussions == [discussion.id])
            #expect(try await store.indexed() == 0)
            let left = try await store.pool.read { db in
                try Int.fetchOne(db, sql: "SELECT count(*) FROM search WHERE search MATCH 'drill OR why'")
            }
            #expect(left == 0)
            try await store.checkIndex()
        }
    }

    @Test func `forgets a conclusion that holds no more, and never finds that there was none`() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            let resolutions = [Resolution.noConclusion, "Lend them."].map {
                Resolution(reason: .maxTurns, round: 1, conclusion: $0)
            }
            try await store.write { try $0.insert(resolutions[0], of: discussion.id) }
            #expect(try await store.found("conclusion", of: discussion.owner).isEmpty)
            try await store.write { writer in
                try writer.reopen(discussion.id)
                try writer.insert(resolutions[1], of: discussion.id)
            }
            #expect(try await store.sources("lend", of: discussion.owner) == [.conclusion])
            try await store.write { try $0.reopen(discussion.id) }
            #expect(try await store.found("lend", of: discussion.owner).isEmpty)
            try await store.checkIndex()
        }
    }

    @Test
    func
        `goes page by page, the last started first, with and without a status, none twice and none left out`()
        async throws
    {
        try await withStore { store in
            let owner = try await store.person(named: "one").id
            let other = try await store.person(named: "two").id
            for number in 0..<25 {
                let status: DiscussionStatus = number.isMultiple(of: 3) ? .waiting : .resolved
                let discussion = sample("d\(number)", of: number % 5 == 4 ? other : owner, status: status)
                try await store.write { try $0.insert(discussion) }
                for text in ["A drill.", "No.", "Two drills.", "Drills, three.", "And a drill."] {
                    try await store.say(text, in: discussion)
                }
            }
            for status in [nil, DiscussionStatus.waiting] {
                var seen: [SearchResult] = []
                var key: SearchKey?
                repeat {
                    let page = try await store.read { [key] reader in
                        try reader.search(
                            for: try #require(SearchWords("drill")),
                            of: owner,
                            status: status,
                            before: key,
                            limit: 4
                        )
                    }
                    #expect(page.results.count == 4 || page.next == nil)
                    seen += page.results
                    key = page.next
                } while key != nil
                let expected = (0..<25).filter { $0 % 5 != 4 && (status == nil || $0.isMultiple(of: 3)) }
                #expect(seen.map(\.discussion.id.rawValue) == expected.reversed().map { "d\($0)" })
                let finds = seen.first?.finds ?? []
                #expect(finds.map(\.excerpt.text) == ["And a drill.", "Drills, three.", "Two drills."])
                #expect(finds.first?.excerpt.pieces.map(\.isHit) == [false, true, false])
            }
        }
    }

    @Test func `asks the index as often for twenty discussions as for one`() async throws {
        try await withStore { store in
            let owner = try await store.person(named: "one").id
            for number in 0..<21 {
                let discussion = sample("d\(number)", of: owner)
                try await store.write { try $0.insert(discussion) }
                for text in ["Cheap drills.", "Why drills?", "Loud drills."] {
                    try await store.say(text, in: discussion)
                }
            }
            // A beginning that is in no table of prefixes, in each text of its own and in topics too.
            for typed in ["dril", "why"] {
                let one = try await store.lookups(typed, of: owner, limit: 1)
                let twenty = try await store.lookups(typed, of: owner, limit: 20)
                #expect(one > 0)
                #expect(twenty == one)
            }
        }
    }

    @Test func `shows a few lines around a hit, however long its words are`() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            let long = String(repeating: "字", count: 60_000)
            try await store.say("\(long) drill, **bold** `code`\n\n# and \(long)", in: discussion)
            let found = try await store.found("drill", of: discussion.owner)
            let excerpt = try #require(found.first?.finds.first?.excerpt)
            #expect(excerpt.text.count < 2 * Excerpt.longest)
            #expect(excerpt.text.contains("字 drill, bold code and 字"))
            #expect(excerpt.pieces.filter(\.isHit).map(\.text) == ["drill"])
        }
    }
}

extension SearchTests {
    enum Samples {
        static let message = Message(
            id: MessageID(rawValue: "m1"),
            seat: 1,
            persona: .analyzer,
            turn: 1,
            content: "",
            provider: .local,
            model: "l",
            fallback: false,
            promptVersion: "1",
            finished: false
        )
        static let questions = QuestionSet(
            id: QuestionSetID(rawValue: "q"),
            questions: [
                Question(
                    id: "1",
                    text: "When?",
                    options: [.init(id: "1", text: "Now"), .init(id: "2", text: "Then")]
                )
            ]
        )
    }
}

extension Store {
    fileprivate func found(_ typed: String, of person: PersonID) async throws -> [SearchResult] {
        guard let words = SearchWords(typed) else { return [] }
        return try await read { try $0.search(for: words, of: person, limit: 20).results }
    }

    fileprivate func sources(_ typed: String, of person: PersonID) async throws -> [SearchFind.Source] {
        try await found(typed, of: person).flatMap(\.finds).map(\.source)
    }

    /// A round with one finished message.
    fileprivate func say(_ text: String, in discussion: Discussion) async throws {
        try await write { writer in
            let round = try writer.reader.newestRound(of: discussion.id) + 1
            try writer.insertRound(round, of: discussion.id)
            let message = Message(
                id: MessageID(rawValue: "m-\(discussion.id)-\(round)"),
                seat: 1,
                persona: .analyzer,
                turn: (round - 1) * 3 + 1,
                content: text,
                provider: .local,
                model: "l",
                fallback: false,
                promptVersion: "1",
                finished: true
            )
            try writer.insert(message, round: round, of: discussion.id)
            try writer.update(message)
        }
    }

    /// How often a page of so many discussions has the index look for where a word begins.
    fileprivate func lookups(_ typed: String, of person: PersonID, limit: Int) async throws -> Int {
        let words = try #require(SearchWords(typed))
        return try await pool.read { db in
            // The index's own statements are traced too.
            var count = 0
            db.trace { if "\($0)".contains("search_idx") { count += 1 } }
            defer { db.trace(nil) }
            let page = try StoreReader(db: db).search(for: words, of: person, limit: limit)
            #expect(page.results.count == limit)
            return count
        }
    }

    fileprivate func indexed() async throws -> Int {
        try await pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM search_texts") ?? -1 }
    }

    /// Compares the whole index with the words as they stand.
    fileprivate func checkIndex() async throws {
        try await pool.write { db in
            try db.execute(sql: "INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
        }
    }
}
