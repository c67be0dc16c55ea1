import Crypto
import Domain
import Doubles
import Export
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Site

@Suite("An export", .timeLimit(.minutes(5)))
struct ExportTests {
    /// What would break out of any place that it is put in as it is.
    static let breakers = [
        "# Heading\n\nHeading\n=======\n\n## Round 9\n\n### Analyzer",
        "```\nnever closed\n\n## Conclusion", "~~~~ html\n<b>\n~~~\n# still code",
        "<!-- never closed\n\n<script>\n<pre>\n<style>\n<![CDATA[", "- a\n\n  - b\n\n1. c\n\n    code",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n[x]: https://evil.example\n\n---\n\n***",
        "Lone CR\r# Heading\rand\r\n# CRLF", "> quoted\nlazy\n\n>", "**open *stress `code [link](",
    ]

    private func withRecord<Result>(
        _ text: String = "Look up.",
        _ body: (TestSite) async throws -> Result
    ) async throws -> Result {
        try await withSite([ScriptedVoice(.mistral), ScriptedVoice(.groq), ScriptedVoice(.openrouter)]) {
            site in
            let record = FullDiscussion.record(of: site.person, text: text)
            try await site.store.write { writer in try writer.insert(record) }
            return try await body(site)
        }
    }

    @Test("as Markdown keeps its outline, whatever models and people wrote", arguments: breakers)
    func outline(text: String) async throws {
        try await withRecord(text) { site in
            let answer = try await site.get("/discussions/full/export.md")
            #expect(answer.headers[.contentType] == "text/markdown; charset=utf-8")
            #expect(answer.headers[.contentDisposition] == "attachment; filename=\"discussion-full.md\"")
            #expect(
                try outline(of: answer.text) == [
                    "h1 Why is the sky blue? …", "h2 Question", "h2 Conclusion", "h3 Dissent",
                    "h3 Open questions", "h2 Panel", "h2 Round 1", "h3 Analyzer", "h3 Solver", "h3 Moderator",
                    "h3 Questions and answers", "h3 The person's remark", "h3 The person's remark",
                    "h2 Round 2", "h3 Analyzer", "h3 Solver", "h3 Moderator", "h3 The person's remark",
                    "h2 Summaries", "h3 Through round 1", "h2 Earlier conclusions, reopened",
                    "h3 After round 2",
                ]
            )
        }
    }

    /// The headings of levels 1 to 3 that a Markdown parser finds outside of quotations, and all of 1 to 3 within.
    private func outline(of markdown: String) throws -> [String] {
        var allowed = Tokens.Allowed.markdown
        for name in ["h1", "h2", "h3"] { allowed[name] = [] }
        let html = try Tokens(MarkdownHTML.render(markdown, headingLevel: 1), allowed: allowed)
        var found: [String] = []
        var quotations = 0
        var heading: String?
        for token in html.all {
            switch token {
            case .tag(let tag) where tag.name == "blockquote": quotations += tag.isEnd ? -1 : 1
            case .tag(let tag) where ["h1", "h2", "h3"].contains(tag.name):
                // A setext heading stays what it was, within its quotation.
                guard quotations == 0 else { continue }
                if tag.isEnd { found.append(heading ?? "") }
                heading = tag.isEnd ? nil : "\(tag.name) "
            case .text(let text): heading? += text
            default: break
            }
        }
        return found
    }

    @Test("as Markdown tells who said what by which model, what it cost, and who dissents")
    func record() async throws {
        try await withRecord { site in
            let text = try await site.get("/discussions/full/export.md").text
            for words in [
                "> Why is the sky blue?", "Status: not finished", "Cost: more than $0.12",
                "Tokens: 4321 read, 1234 written", "Prompts: version 2, 3", "- Solver: Groq, groq-model",
                "Agreed by: Analyzer, Solver", "- Moderator: Not at dusk. Look up.",
                "- And the sea? Look up.",
                "turn 5 · Mistral, mistral-model · fallback · cut short · 75 + 55 tokens · $0.0006 · prompts 3",
                "- [x] Ours", "- [ ] By day", "- [x] At dusk", "> Mind the sea. Look up.",
                "OpenRouter, open/router-model · prompts 2", "> Scattering, perhaps. Look up.",
            ] { #expect(text.contains(words), "\(words)") }
        }
    }

    @Test("of a part is just that part, as plain text to be copied")
    func parts() async throws {
        try await withRecord { site in
            let id = DiscussionID(rawValue: "full")
            let message = try await site.get(Links.markdown(message: MessageID(rawValue: "full-m2"), of: id))
            #expect(message.text == "Look up. (2)\n")
            #expect(message.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(message.headers[.contentDisposition] == nil)
            let round = try await site.get(Links.markdown(round: 2, of: id)).text
            #expect(round.hasPrefix("## Round 2\n\n### Analyzer\n\n"))
            #expect(round.contains("(5)") && !round.contains("(3)"))
            let conclusion = try await site.get(Links.markdownConclusion(of: id)).text
            #expect(conclusion.hasPrefix("## Conclusion\n\n> Scattering. Look up.\n"))
            #expect(!conclusion.contains("Round 1"))
        }
    }

    static let notThere: [(String, Int, String)] = [
        ("?round=3", 404, "There is no round 3"), ("?round=x", 400, "a number"),
        ("?round=0", 400, "a number"),
        ("?message=m", 404, "no such message"), ("?message=", 404, "no such message"),
        ("?part=panel", 400, "no such part"), ("?round=1&part=conclusion", 400, "one part"),
    ]

    @Test("of what is not there says so, in both representations", arguments: notThere)
    func missing(query: String, status: Int, words: String) async throws {
        try await withRecord { site in
            let path = "/discussions/full/export.md\(query)"
            let json = try await site.get(path, json: true)
            #expect(json.status == status)
            #expect(try json.error()["message"]?.contains(words) == true)
            #expect(try await site.get(path).status == status)
        }
    }

    @Test("of a part of somebody else's discussion, or of one without a conclusion, is not found")
    func strangers() async throws {
        try await withRecord { site in
            let stranger = try await site.store.person(named: "stranger")
            let theirs = FullDiscussion.record("theirs", of: stranger)
            try await site.store.write { writer in try writer.insert(theirs) }
            for end in [
                "export.md", "export.json", "export.html", "providers", "export.md?round=1",
                "export.md?message=theirs-m1", "export.md?part=conclusion",
            ] { #expect(try await site.get("/discussions/theirs/\(end)").status == 404, "\(end)") }
            #expect(try await site.get("/discussions/full/export.md?message=theirs-m1").status == 404)
            try await site.insert(Samples.discussion(of: site.person.id))
            let open = try await site.get("/discussions/d1/export.md?part=conclusion", json: true)
            #expect(open.status == 404)
            #expect(try open.error()["message"] == "This discussion has no conclusion yet.")
        }
    }

    @Test("as JSON can be read back, and is what the store keeps")
    func json() async throws {
        try await withRecord { site in
            let answer = try await site.get("/discussions/full/export.json")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.contentDisposition] == "attachment; filename=\"discussion-full.json\"")
            let read = try DiscussionExport.read(Data(answer.bytes))
            #expect(read == FullDiscussion.record(of: site.person, text: "Look up."))
        }
    }

    @Test("as HTML is one file that asks for nothing else and runs nothing", arguments: breakers)
    func page(text: String) async throws {
        try await withRecord(text) { site in
            let answer = try await site.get("/discussions/full/export.html")
            #expect(answer.headers[.contentDisposition] == "attachment; filename=\"discussion-full.html\"")
            var allowed = Tokens.Allowed.page
            for name in ["script", "link", "form", "iframe", "template", "button", "input", "img", "object"] {
                allowed[name] = nil
            }
            allowed["style"] = []
            allowed["meta"]?.insert("http-equiv")
            // Our stylesheet is not read as HTML: it has a `>` where it has a child.
            let html = try Tokens(answer.text.replacing(ExportStyle.css, with: ""), allowed: allowed)
            for tag in html.tags {
                #expect(tag.attributes["src"] == nil)
                #expect(tag.attributes["href"]?.hasPrefix("/") != true, "it is opened from a disk")
            }
            let ids = html.tags.compactMap { $0.attributes["id"] }
            #expect(Set(ids).count == ids.count)
            for tag in html.tags {
                if let label = tag.attributes["aria-labelledby"] { #expect(ids.contains(label)) }
            }
            #expect(html.tags.filter { $0.name == "article" && !$0.isEnd }.count == 6)
        }
    }

    @Test(
        "as HTML tells what was offered and not chosen, what was said before the first round, and the files"
    )
    func wholePage() async throws {
        try await withSite([ScriptedVoice(.mistral), ScriptedVoice(.groq), ScriptedVoice(.openrouter)]) {
            site in
            var record = FullDiscussion.record(of: site.person)
            record.remarks.insert(.init(round: 0, input: "Be brief.", at: record.remarks[0].at), at: 0)
            record.questionSets.append(
                .init(
                    round: 2,
                    set: QuestionSet(
                        id: QuestionSetID(rawValue: "full-qopen"),
                        questions: [
                            Question(
                                id: "open-1",
                                text: "Who pays?",
                                options: [.init(id: "a", text: "All"), .init(id: "b", text: "None")]
                            )
                        ]
                    ),
                    createdAt: record.questionSets[0].createdAt,
                    answeredAt: nil,
                    answers: []
                )
            )
            record.files = [FullDiscussion.file()]
            let whole = record
            try await site.store.write { writer in try writer.insert(whole) }
            let html = try await site.get("/discussions/full/export.html").text
            for words in [
                "<h3>Questions and answers</h3>", "<strong>☑ Ours</strong>", "☐ By day",
                "<strong>☑ At dusk</strong>", "<h3>Questions, not answered</h3>", "Who pays?", "☐ None",
                "before the first round</h3>\n<p class=\"words\" dir=\"auto\">Be brief.",
                "../plan &quot;A&quot;.pdf",
                "PDF · 4 KB · 3 pages · scanned, clean", "SHA-256 abab",
            ] { #expect(html.contains(words), "\(words)") }
        }
    }

    @Test("as HTML lets in its own style by its hash, in the header and in the file")
    func policy() async throws {
        try await withRecord { site in
            let answer = try await site.get("/discussions/full/export.html")
            let start = try #require(answer.text.firstRange(of: "<style>")).upperBound
            let end = try #require(answer.text.firstRange(of: "</style>")).lowerBound
            let hash = Data(SHA256.hash(data: Data(answer.text[start..<end].utf8))).base64EncodedString()
            let header = try #require(answer.headers[.contentSecurityPolicy])
            #expect(header.contains("default-src 'none'; style-src 'sha256-\(hash)'"))
            #expect(answer.text.contains("style-src &#39;sha256-\(hash)&#39;"))
            #expect(!answer.text[start..<end].contains("url("))
        }
    }
}
