import Foundation
import Testing

@testable import Site

@Suite("Markdown", .timeLimit(.minutes(5)))
struct MarkdownTests {
    @Test(
        "becomes plain HTML",
        arguments: [
            ("Hello *you* and **me**", "<p>Hello <em>you</em> and <strong>me</strong></p>\n"),
            ("~~no~~ `code`", "<p><del>no</del> <code>code</code></p>\n"),
            ("one\ntwo", "<p>one\ntwo</p>\n"),
            ("one  \ntwo", "<p>one<br>\ntwo</p>\n"),
            ("one\n\ntwo", "<p>one</p>\n<p>two</p>\n"),
            ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
            ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"),
            ("7. a", "<ol start=\"7\">\n<li>a</li>\n</ol>\n"),
            ("> a", "<blockquote>\n<p>a</p>\n</blockquote>\n"),
            ("---", "<hr>\n"),
            ("```swift\nlet a = 1 < 2\n```", "<pre tabindex=\"0\"><code>let a = 1 &lt; 2\n</code></pre>\n"),
            (
                "| a | b |\n|---|--:|\n| 1 | 2 |",
                """
                <div class="table" tabindex="0" role="group"><table>
                <thead>
                <tr><th>a</th><th class="right">b</th></tr>
                </thead>
                <tbody>
                <tr><td>1</td><td class="right">2</td></tr>
                </tbody>
                </table></div>

                """
            ),
            ("", ""),
        ]
    )
    func plain(markdown: String, html: String) {
        #expect(MarkdownHTML.render(markdown) == html)
    }

    @Test("begins its headings below the page's own, and never goes below the sixth level")
    func headings() {
        let html = MarkdownHTML.render("# a\n## b\n### c\n#### d\n###### e")
        #expect(html == "<h4>a</h4>\n<h5>b</h5>\n<h6>c</h6>\n<h6>d</h6>\n<h6>e</h6>\n")
        #expect(MarkdownHTML.render("# a", headingLevel: 2) == "<h2>a</h2>\n")
    }

    @Test(
        "links to http, https and mailto, with the person's referrer kept back",
        arguments: [
            "https://a.example/x?y=1", "http://a.example", "HTTPS://A.EXAMPLE/", "mailto:a@b.example",
        ]
    )
    func links(address: String) {
        let html = "<p><a href=\"\(address)\" rel=\"nofollow noopener noreferrer\">x</a></p>\n"
        #expect(MarkdownHTML.render("[x](\(address))") == html)
    }

    @Test(
        "shows a link's words without the link when it goes anywhere else",
        arguments: [
            "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x",
            "file:///etc/passwd",
            "ftp://a.example", "//a.example", "/discussions", "x", "#x", "javascript&colon;alert(1)",
            "&#106;avascript:alert(1)", "&#x6A;avascript:alert(1)", "java&Tab;script:alert(1)",
            "%6Aavascript:alert(1)", "&#104;ttps://a.example", " https", "https:", "https:a.example",
        ]
    )
    func otherSchemes(address: String) {
        #expect(MarkdownHTML.render("[x](<\(address)>)") == "<p>x</p>\n")
    }

    @Test("leads a link with several parameters to where it was meant to lead", arguments: ["&", "&amp;"])
    func ampersand(sign: String) {
        let html = MarkdownHTML.render("[x](https://a.example/?a=1\(sign)b=2)")
        #expect(html.contains("href=\"https://a.example/?a=1&amp;b=2\""))
    }

    @Test("does not link to addresses of more than 2,048 bytes")
    func longLink() {
        let longest = "https://a.example/" + String(repeating: "x", count: 2_048 - 18)
        #expect(MarkdownHTML.render("[x](\(longest))").contains("href"))
        #expect(MarkdownHTML.render("[x](\(longest)x)") == "<p>x</p>\n")
    }

    @Test("links what looks like an address")
    func autolinks() throws {
        for markdown in ["see https://a.example/x.", "see <https://a.example/x>"] {
            let tokens = try Tokens(MarkdownHTML.render(markdown), allowed: .markdown)
            let link = try #require(tokens.tags.first { $0.name == "a" })
            #expect(link.attributes["href"] == "https://a.example/x")
        }
        #expect(!MarkdownHTML.render("see javascript:alert(1) and <javascript:alert(1)>").contains("<a"))
    }

    @Test("makes a link of an image, so that nothing is fetched from where a model says")
    func images() {
        let html =
            "<p><a href=\"https://a.example/i.png\" rel=\"nofollow noopener noreferrer\">a cat</a></p>\n"
        #expect(MarkdownHTML.render("![a cat](https://a.example/i.png)") == html)
        #expect(MarkdownHTML.render("![a cat](data:image/png;base64,AA==)") == "<p>a cat</p>\n")
    }

    @Test("makes one link of an image in a link: the outer one")
    func imageInLink() throws {
        let html = MarkdownHTML.render("[![a cat](https://b.example/i.png)](https://a.example)")
        let tokens = try Tokens(html, allowed: .markdown)
        #expect(
            tokens.tags.filter { $0.name == "a" && !$0.isEnd }.map { $0.attributes["href"] } == [
                "https://a.example"
            ]
        )
        #expect(tokens.text(in: "a") == "a cat")
    }

    @Test(
        "shows raw HTML as the text that it is",
        arguments: [
            "<b>x</b>", "<script>alert(1)</script>", "<!-- x -->", "<div>\n\n**x**\n\n</div>", "a <br> b",
        ]
    )
    func rawHTML(markdown: String) throws {
        let tokens = try Tokens(MarkdownHTML.render(markdown), allowed: .markdown)
        #expect(tokens.tags.allSatisfy { ["p", "strong"].contains($0.name) })
        let text = tokens.all.map { if case .text(let text) = $0 { text } else { "" } }.joined()
        #expect(text.contains("<"))
        #expect(text.contains(">"))
    }

    @Test("shows entities as the signs that they are, and only those")
    func entities() {
        #expect(
            MarkdownHTML.render("&lt;b&gt; &amp; &copy; &#60;i&#62;")
                == "<p>&lt;b&gt; &amp; &copy; &#60;i&#62;</p>\n"
        )
        #expect(
            MarkdownHTML.render("AT&T & \"co\" 'x'") == "<p>AT&amp;T &amp; &quot;co&quot; &#39;x&#39;</p>\n"
        )
    }

    @Test(
        "shows a NUL as a replacement character",
        arguments: ["a\0b", "`a\0b`", "```\na\0b\n```", "> a\0b"]
    )
    func nul(markdown: String) throws {
        let html = MarkdownHTML.render(markdown)
        #expect(html.contains("a\u{FFFD}b"))
        #expect(!html.utf8.contains(0))
        _ = try Tokens(html, allowed: .markdown)
    }

    @Test(
        "never lets a NUL into a link",
        arguments: ["[x](<https://a.example/\0>)", "<https://a.example/\0>", "https://a.example/\0"]
    )
    func nulInLink(markdown: String) throws {
        let html = MarkdownHTML.render(markdown)
        #expect(!html.utf8.contains(0))
        _ = try Tokens(html, allowed: .markdown)
    }

    @Test(
        "closes what a model left open",
        arguments: [
            "```\nlet a", "~~~\nx", "**bold", "*a **b", "[x](https://a.example", "| a |\n|---", "> ```\n> x",
            "`x",
        ]
    )
    func unclosed(markdown: String) throws {
        _ = try Tokens(MarkdownHTML.render(markdown), allowed: .markdown)
    }

    @Test("takes hostile text in bounded time and size", arguments: MarkdownBombs.all.indices)
    func bounded(index: Int) throws {
        let bomb = MarkdownBombs.all[index]
        // The thread's own time: the machine may be busy with other tests.
        let start = clock()
        let html = MarkdownHTML.render(bomb.markdown)
        #expect(clock() - start < 5, "\(bomb.name)")
        #expect(
            html.utf8.count <= max(MarkdownHTML.outputLimit + 1_024, bomb.markdown.utf8.count * 6 + 64),
            "\(bomb.name)"
        )
        #expect(html.hasPrefix("<"), "\(bomb.name)")
        // The tokenizer is slow; larger ones are more of the same.
        if html.utf8.count < 256 << 10 { _ = try Tokens(html, allowed: .markdown) }
    }

    /// Seconds of processor time that this thread has taken.
    private func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test("that would grow beyond its limit is shown as it was typed")
    func grown() throws {
        let html = MarkdownHTML.render(MarkdownBombs.wideTable(columns: 100, rows: 5_000))
        let tokens = try Tokens(html, allowed: .markdown)
        #expect(tokens.tags.map(\.name) == ["pre", "pre"])
        #expect(tokens.text(in: "pre") == MarkdownBombs.wideTable(columns: 100, rows: 5_000))
    }
}
