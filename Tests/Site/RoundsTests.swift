import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Site

@Suite("The rounds of a discussion's page", .timeLimit(.minutes(5)))
struct RoundsTests {
    private static func rounds(_ count: Int, complete: Bool = true, says text: String = "Said") -> [Round] {
        (1...count).map { number in
            Round(
                number: number,
                complete: complete || number < count,
                messages: (1...(complete || number < count ? 3 : 1)).map {
                    Samples.message(seat: $0, round: number, "\(text) \(number).\($0).")
                }
            )
        }
    }

    /// The numbers of the rounds that a page lists, and of those whose words it holds.
    private static func listed(_ html: String) -> (all: [Int], open: [Int]) {
        let sections = html.split(separator: "<section class=\"round\" id=\"round-").dropFirst()
        let numbers = sections.compactMap { section in
            Int(section.prefix { $0.isNumber }).map { ($0, section.contains("<details open>")) }
        }
        return (numbers.map(\.0), numbers.filter(\.1).map(\.0))
    }

    @Test(
        "are at most twenty, the newest open; a query shows others, and one of all of them",
        arguments: [
            ("", 481...500, [500]), ("?before=481", 461...480, []), ("?before=15", 1...14, []),
            ("?before=481&rounds=open", 461...480, Array(461...480)),
            ("?round=37", 21...40, [37]), ("?round=500", 481...500, [500]), ("?round=40", 21...40, [40]),
            ("?round=9000", 481...500, [500]), ("?before=1", 481...500, [500]),
            ("?round=x", 481...500, [500]), ("?rounds=all", 1...500, Array(1...500)),
        ]
    )
    func parts(query: String, all: ClosedRange<Int>, open: [Int]) async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id), rounds: Self.rounds(500))
            let page = try await site.get("/discussions/d1\(query)")
            #expect(page.status == 200)
            let listed = Self.listed(page.text)
            #expect(listed.all == Array(all))
            #expect(listed.open == open)
            _ = try Tokens(page.text, allowed: .page)
        }
    }

    @Test("stay open one longer while the next is being spoken")
    func running() async throws {
        try await withSite { site in
            let discussion = Samples.discussion(of: site.person.id, status: .running)
            try await site.insert(discussion, rounds: Self.rounds(5, complete: false))
            let page = try await site.get("/discussions/d1").text
            #expect(Self.listed(page).open == [4, 5])
            #expect(page.contains("Round 5: Solver speaks, Moderator is next."))
        }
    }

    @Test("make a page under 60 KB, whatever was said in those that are collapsed")
    func size() async throws {
        try await withSite { site in
            var rounds = Self.rounds(500, says: String(repeating: "A long **speech** & more. ", count: 2_000))
            rounds[499] = Self.rounds(500)[499]
            try await site.insert(Samples.discussion(of: site.person.id), rounds: rounds)
            let page = try await site.get("/discussions/d1").text
            #expect(Self.listed(page).all.count == 20)
            #expect(page.utf8.count < 60_000)
            // About 40 KB of words and what stands around them.
        }
    }

    @Test("can each be reached in a bounded number of links", arguments: [1, 3, 4, 20, 21, 60, 500, 1_000])
    func navigator(count: Int) async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id), rounds: Self.rounds(count))
            let page = try await site.get("/discussions/d1").text
            let nav = page.components(separatedBy: "<nav class=\"navigator\"").dropFirst().first ?? ""
            let links = nav.split(separator: "</nav>").first?.split(separator: "<a ").dropFirst().count ?? 0
            #expect(count < 4 ? links == 0 : links >= min(count, 4) && links <= 22)
            #expect(page.contains("name=\"round\" inputmode") == (count > 20))
            // Every part that is left out is next to one that is not, or is asked for by its number.
            guard count > 20 else { return }
            let before = try await site.get("/discussions/d1?before=\(count - 19)").text
            #expect(Self.listed(before).all.last == count - 20)
        }
    }

    @Test("are told of in a line without Markdown's marks and without end")
    func gist() async throws {
        let text =
            "## A head\n\n> **Bold** `code` and snake_case <b>\n\n```\nx\n```\n"
            + String(repeating: "so ", count: 400)
        let gist = Opening.of(text)
        #expect(gist.hasPrefix("A head Bold code and snake_case <b> x so so"))
        #expect(gist.hasSuffix("so…"))
        #expect(gist.count <= Opening.limit + 1)
        #expect(Opening.of("Short.") == "Short.")
        #expect(Opening.of("") == "")
        #expect(Opening.of(String(repeating: "字", count: 1_000)).unicodeScalars.count == Opening.limit + 1)
        #expect(Opening.of("Cut", isCut: true) == "Cut…")
    }

    @Test("tell what the person did, and who spoke where not all did")
    func who() async throws {
        let full = Self.rounds(1)[0]
        var remarked = full
        remarked.userInput = ["Think of the *insurer*."]
        let outline = RoundOutline(remarked)
        let gist = RoundView.Gist(outline, panel: 3)
        #expect(gist.who == "3 voices · your remark")
        #expect(gist.remark == "Think of the insurer.")
        #expect(gist.speaker == "Moderator")
        #expect(outline.parts == RoundOutline(full).parts + 1)
        #expect(RoundView.Gist(RoundOutline(Self.rounds(1, complete: false)[0]), panel: 3).who == "Analyzer")
    }

    @Test("are outlined by the store as they are from their words")
    func outlines() async throws {
        try await withSite { site in
            try await site.insert(
                Samples.discussion(of: site.person.id),
                rounds: Self.rounds(3, complete: false)
            )
            let id = DiscussionID(rawValue: "d1")
            let person = site.person.id
            try await site.store.write { writer in
                try writer.insertUserInput("First", round: 2, of: id)
                try writer.insertUserInput(String(repeating: "é", count: 900), round: 2, of: id)
                let set = QuestionSet(
                    id: QuestionSetID(rawValue: "q"),
                    questions: [
                        Question(
                            id: "1",
                            text: "Which?",
                            options: [.init(id: "a", text: "A"), .init(id: "b", text: "B")]
                        )
                    ]
                )
                try writer.insert(set, round: 1, of: id)
                try writer.insert([Domain.Answer(question: "1", options: ["a"], text: "")], to: set.id)
            }
            let (outlines, rounds) = try await site.store.read { reader in
                (
                    try reader.listOutlines(of: id, in: 1, 3),
                    try reader.findTranscript(id, of: person)?.rounds ?? []
                )
            }
            #expect(outlines == rounds.map(RoundOutline.init))
            #expect(outlines[1].remarks == 2)
            #expect(outlines[0].hasAnswers)
        }
    }

    @Test("are found by a message's id, of this discussion alone")
    func message() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id), rounds: Self.rounds(30))
            let found = try await site.get("/discussions/d1?message=m37")
            #expect(found.status == 303)
            #expect(found.headers[.location] == "/discussions/d1/rounds/13#m-m37")
            #expect(try await site.get("/discussions/d1/rounds/13").text.contains("id=\"m-m37\""))
            #expect(try await site.get("/discussions/d1?message=none").status == 404)
            try await site.insert(Samples.discussion("d2", of: site.person.id))
            #expect(try await site.get("/discussions/d2?message=m37").status == 404)
        }
    }

    @Test("come with the title's and the icon's sign when it is the person's turn, and without it otherwise")
    func turn() async throws {
        try await withSite { site in
            for status in [DiscussionStatus.waiting, .running, .resolved] {
                let id = status.rawValue
                try await site.insert(Samples.discussion(id, of: site.person.id, status: status))
                let page = try await site.get("/discussions/\(id)").text
                #expect(page.contains("<title>Your turn: ") == (status == .waiting))
                #expect(page.contains("parley-turn.svg") == (status == .waiting))
                #expect(page.contains("id=\"badge\"") == (status == .waiting))
            }
        }
    }
}
