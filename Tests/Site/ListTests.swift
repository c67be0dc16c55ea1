import Domain
import Doubles
import Foundation
import Store
import Testing

@testable import Site

@Suite("The list of discussions", .timeLimit(.minutes(5)))
struct ListTests {
    private static let statuses: [DiscussionStatus] = [.running, .waiting, .resolved]

    /// Sixty discussions, a third of each status, with a message each.
    private static func fill(_ site: TestSite) async throws {
        for number in 0..<60 {
            let discussion = Samples.discussion(
                "d\(number)",
                of: site.person.id,
                topic: "Topic \(number): drills?",
                status: statuses[number % 3],
                at: Samples.instant.addingTimeInterval(Double(number))
            )
            try await site.insert(
                discussion,
                rounds: [Round(number: 1, complete: true, messages: [message(number)])]
            )
        }
    }

    private static func message(_ number: Int) -> Message {
        let sample = Samples.message(seat: 2, "Lend <b>ladders</b> & \"saws\".")
        return Message(
            id: MessageID(rawValue: "m\(number)"),
            seat: sample.seat,
            persona: sample.persona,
            turn: sample.turn,
            content: sample.content,
            provider: sample.provider,
            model: sample.model,
            fallback: false,
            promptVersion: "1",
            finished: true
        )
    }

    @Test(arguments: ["/?", "/?q=drills&", "/?q=ladd&", "/?q=saws+%22lend%20b%22&"])
    func `is filtered, searched and paged at once, in both representations`(start: String) async throws {
        try await withSite { site in
            try await Self.fill(site)
            for status in Self.statuses {
                var path: String? = "\(start)status=\(status.rawValue)"
                var seen: [String] = []
                while let current = path {
                    let json = try await site.get(current, json: true).json()
                    let entries = try #require(json["discussions"] as? [[String: Any]])
                    #expect(entries.allSatisfy { $0["status"] as? String == status.rawValue })
                    let ids = entries.compactMap { $0["id"] as? String }
                    seen += ids
                    path = json["next"] as? String
                    let page = try Tokens(try await site.get(current).text, allowed: .page)
                    let titles = page.tags.filter { $0.attributes["class"] == "title" }
                    #expect(titles.compactMap { $0.attributes["href"] } == ids.map { "/discussions/\($0)" })
                    let next = page.tags.first { $0.attributes["rel"] == "next" }
                    #expect(next?.attributes["href"] == path)
                }
                #expect(seen.count == 20 && Set(seen).count == 20)
            }
        }
    }

    @Test func `refuses a status that there is not`() async throws {
        try await withSite { site in
            #expect(try await site.get("/?status=asleep").status == 400)
            let json = try await site.get("/?status=asleep", json: true)
            #expect(try json.error()["field"] == "status")
            #expect(try await site.get("/?status=").status == 200, "as a form without a choice sends it")
        }
    }

    @Test func `marks what was found, and leads to it`() async throws {
        try await withSite { site in
            try await Self.fill(site)
            let page = try Tokens(try await site.get("/?q=ladders+saws").text, allowed: .page)
            #expect(page.text(in: "mark") == "ladders")
            #expect(page.plainText.contains("Lend <b>ladders</b> & \"saws\"."))
            let links = page.tags.compactMap { $0.attributes["href"] }
            #expect(links.contains("/discussions/d59/rounds/1#m-m59"))
            let round = try await site.get("/discussions/d59/rounds/1").text
            #expect(round.contains("id=\"m-m59\""))

            let title = try await site.get("/?q=%22topic+7%22").text
            #expect(title.contains("<mark>Topic 7</mark>: drills?</a>"))

            let json = try await site.get("/?q=saws", json: true).json()
            let entry = try #require((json["discussions"] as? [[String: Any]])?.first)
            #expect(Set(entry.keys) == ["id", "topic", "status", "updatedAt", "cost", "snippets"])
            let snippet = try #require((entry["snippets"] as? [[String: Any]])?.first)
            #expect(snippet["link"] as? String == "/discussions/d59/rounds/1#m-m59")
            #expect(snippet["place"] as? String == "Solver, round 1")
            let pieces = try #require(snippet["pieces"] as? [[String: Any]])
            #expect(pieces.first { $0["hit"] as? Bool == true }?["text"] as? String == "saws")
        }
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"><mark>", "\u{600}<b>", "{{title}}", "a&amp;b", "😀 c++ 'd'",
    ])
    func `keeps what was typed as text, and finds it in hostile text`(text: String) async throws {
        try await withSite { site in
            try await site.insert(
                Samples.hostile(
                    text,
                    id: DiscussionID(rawValue: "x"),
                    owner: site.person.id,
                    at: Samples.instant
                ),
                says: text
            )
            let answer = try await site.get("/?q=\(encoded(text))")
            let page = try Tokens(answer.text, allowed: .page)
            let field = page.tags.first { $0.attributes["name"] == "q" }
            #expect(field?.attributes["value"] == text)
            #expect(page.tags.contains { $0.attributes["class"] == "title" })
            #expect(page.plainText.contains(text))
        }
    }

    @Test func `says what may help whoever has found nothing`() async throws {
        try await withSite { site in
            try await Self.fill(site)
            let none = try await site.get("/?q=hammers").text
            #expect(none.contains("Nothing was found."))
            #expect(none.contains("value=\"hammers\""))
            let filtered = try await site.get("/?q=hammers&status=running").text
            #expect(filtered.contains("Only some of your discussions were searched"))
            #expect(try await site.get("/?q=%3F%21").text.contains("no letter and no digit"))
            #expect(try await site.get("/?q=\(encoded("東京"))").text.contains("no spaces between words"))
            let json = try await site.get("/?q=hammers", json: true).json()
            #expect((json["discussions"] as? [Any])?.isEmpty == true && json["next"] is NSNull)
        }
    }

    @Test func `says where to look on when a page has looked at nothing but what is not shown`() async throws
    {
        try await withSite { site in
            let old = Samples.discussion("old", of: site.person.id, topic: "Drills?", status: .resolved)
            try await site.insert(old)
            let hiding = (0..<2_001).map {
                Samples.discussion("d\($0)", of: site.person.id, topic: "Drills?", status: .waiting)
            }
            try await site.store.write { writer in for one in hiding { try writer.insert(one) } }
            let first = "/?q=drills&status=resolved"
            let page = try await site.get(first).text
            #expect(page.contains("Nothing among the newest; look further back."))
            #expect(page.contains("Look further back</a>"))
            #expect(!page.contains("Nothing was found"))
            let next = try await site.get(first, json: true).json()["next"] as? String
            #expect(try await site.get(try #require(next)).text.contains("/discussions/old"))
        }
    }

    @Test func `finds nothing of another person's`() async throws {
        try await withSite { site in
            let stranger = try await site.store.person(named: "stranger").id
            try await site.insert(
                Samples.discussion("theirs", of: stranger, topic: "Secret drills"),
                rounds: [Round(number: 1, complete: true, messages: [Self.message(1)])]
            )
            for typed in ["secret", "ladders", "owner:\(stranger)", "*", "\" OR owner:\"\(stranger)"] {
                let page = try await site.get("/?q=\(encoded(typed))")
                #expect(page.status == 200)
                #expect(!page.text.contains("/discussions/theirs"))
            }
        }
    }

    @Test(arguments: [5_000, 20_000])
    func `answers whatever length is typed`(length: Int) async throws {
        try await withSite { site in
            try await Self.fill(site)
            let answer = try await site.get("/?q=" + String(repeating: "%22a+", count: length / 5))
            #expect(answer.status == 200)
        }
    }

    @Test func `tells what each has cost`() async throws {
        try await withSite { site in
            let discussion = Samples.discussion(of: site.person.id)
            try await site.insert(discussion)
            let usage = Usage(
                provider: .groq,
                model: "m",
                purpose: .message,
                promptTokens: 1,
                completionTokens: 1,
                cost: 0.5
            )
            try await site.store.write { try $0.insert([usage], of: discussion.id, on: "2026-11-30") }
            #expect(try await site.get("/").text.contains("</time> · $0.50</span>"))
        }
    }
}
