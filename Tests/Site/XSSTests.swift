import Domain
import Foundation
import Testing

@testable import Site

@Suite("Hostile text", .timeLimit(.minutes(5)))
struct XSSTests {
    /// The corpus, a text a line with ⏎ for line ends; each as it is, and with signs hidden in combinations
    /// that look like one character to a program that reads characters.
    static let corpus: [String] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus/xss.txt")
        let texts = ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n")
            .map { String($0).replacingOccurrences(of: "⏎", with: "\n") }
        return texts.flatMap { text -> [String] in
            var before = String.UnicodeScalarView()
            var after = String.UnicodeScalarView()
            for scalar in text.unicodeScalars {
                let isSpecial = "<>\"'&[]():`".unicodeScalars.contains(scalar)
                // An Arabic number sign joins what follows it; a combining accent what stands before it.
                before.append(contentsOf: isSpecial ? ["\u{600}", scalar] : [scalar])
                after.append(contentsOf: isSpecial ? [scalar, "\u{301}"] : [scalar])
            }
            return [text, String(before), String(after)]
        }
    }()

    @Test("is a corpus of some size")
    func size() {
        #expect(Self.corpus.count > 300)
    }

    @Test("loses every sign of HTML when it is escaped, and nothing else")
    func escaping() throws {
        for text in Self.corpus {
            let tokens = try Tokens(HTML.escape(text), allowed: [:])
            #expect(tokens.plainText == text)
        }
    }

    @Test("keeps no tag, attribute or address beyond Markdown's own")
    func markdown() throws {
        for text in Self.corpus {
            let tokens = try Tokens(MarkdownHTML.render(text), allowed: .markdown)
            for tag in tokens.tags {
                guard let address = tag.attributes["href"] else { continue }
                #expect(Self.leadsToTheWeb(address), "\(text)")
            }
        }
    }

    @Test("stays text on the start page and in its list, exactly as it was typed")
    func startPage() async throws {
        try await withSite { site in
            for text in Self.corpus {
                // Refused for its place, so that the typed topic comes back.
                let refused = try await site.post(form: ["topic": text, "place": "moon"], to: "/discussions")
                #expect(refused.status == 400)
                let tokens = try Tokens(refused.text, allowed: .page)
                #expect(tokens.text(in: "textarea") == "\n" + text)
                try Self.checkAddresses(tokens)
            }
        }
    }

    @Test("stays text on a discussion's page, its live page and in the list: topic, words, model and failure")
    func discussionPage() async throws {
        try await withSite { site in
            for (index, text) in Self.corpus.enumerated() {
                let id = DiscussionID(rawValue: "x\(index)")
                // Each newer than the last, so that it stands first in the list.
                let time = Samples.instant.addingTimeInterval(Double(index))
                try await site.insert(
                    Samples.hostile(text, id: id, owner: site.person.id, at: time),
                    says: text
                )
                let page = try await site.get("/discussions/\(id)")
                #expect(page.status == 200)
                let tokens = try Tokens(page.text, allowed: .page)
                let title = Discussion.title(of: text)
                #expect(tokens.text(in: "h1") == title)
                #expect(tokens.text(in: "title") == "Your turn: \(title) · Parley")
                if title != text { #expect(tokens.plainText.contains(text)) }
                try Self.checkAddresses(tokens)
                let live = try await site.get("/discussions/\(id)/live")
                try Self.checkAddresses(try Tokens(live.text, allowed: .page))
                // A page of the list holds twenty.
                guard (index + 1).isMultiple(of: 20) else { continue }
                let list = try Tokens(try await site.get("/").text, allowed: .page)
                let titles = Self.corpus[(index - 19)...index].map(Discussion.title(of:))
                for title in titles { #expect(list.plainText.contains(title)) }
                try Self.checkAddresses(list)
            }
        }
    }

    @Test("stays text while it is spoken")
    func live() throws {
        for text in Self.corpus {
            var live = LiveText(Samples.transcript(status: .running), firstSeat: 1)
            let message = MessageID(rawValue: "m1")
            let bodies: [EventBody] = [
                .messageStart(
                    .init(
                        messageId: message,
                        round: 1,
                        seat: 1,
                        persona: .analyzer,
                        turn: 1,
                        provider: .local,
                        model: text
                    )
                ),
                .messageChunk(.init(messageId: message, offset: 0, text: text)),
                .messageRestart(.init(messageId: message, provider: .local, model: text)),
                .messageChunk(.init(messageId: message, offset: 0, text: text)),
                .error(.init(code: .providerError, message: text, status: .waiting)),
            ]
            let html = live.opening() + bodies.map { live.apply(Samples.event($0)) }.joined()
            let tokens = try Tokens(html, allowed: .page)
            #expect(tokens.plainText.components(separatedBy: text).count > 5)
        }
    }

    private static func leadsToTheWeb(_ address: String) -> Bool {
        ["https://", "http://", "mailto:"].contains { address.lowercased().hasPrefix($0) }
    }

    /// Every address on the page is one of ours, or leads to the web.
    private static func checkAddresses(_ tokens: Tokens) throws {
        for tag in tokens.tags {
            for address in ["href", "src", "action"].compactMap({ tag.attributes[$0] }) {
                let isOurs = address.hasPrefix("#") || address.hasPrefix("/") && !address.hasPrefix("//")
                #expect(isOurs || tag.name == "a" && leadsToTheWeb(address), "\(address)")
            }
        }
    }
}

extension Tokens {
    /// All text, entities decoded, tags left out.
    var plainText: String {
        all.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}
