import Domain
import Doubles
import Engine
import Foundation
import Providers
import Testing

@testable import Site

@Suite("The start page", .timeLimit(.minutes(5)))
struct StartPageTests {
    @Test func `offers examples, each of which fills the field and may be sent as it is`() async throws {
        try await withSite { site in
            let page = try Tokens(try await site.get("/").text, allowed: .page)
            let links = page.tags.compactMap { $0.attributes["href"] }.filter { $0.hasPrefix("/?topic=") }
            #expect(links.count == ExampleTopics.all.count)
            for (link, example) in zip(links, ExampleTopics.all) {
                #expect(link.hasSuffix("#topic"))
                let filled = try Tokens(try await site.get(String(link.dropLast(6))).text, allowed: .page)
                #expect(filled.text(in: "textarea") == "\n" + example.topic)
                #expect(try TextRule.topic.check(example.topic) == example.topic)
            }
            #expect(try await site.listed().isEmpty, "a link starts nothing")
        }
    }

    @Test(arguments: [
        ("</textarea><script>", "</textarea><script>"), ("  a\r\nb ", "a\nb"), ("a\0b", "ab"),
        (String(repeating: "é", count: 6_000), String(repeating: "é", count: 5_000)), ("", ""),
    ])
    func `takes a topic from its address, no longer than the form takes`(topic: String, shown: String)
        async throws
    {
        try await withSite { site in
            let page = try Tokens(try await site.get("/?topic=\(encoded(topic))").text, allowed: .page)
            #expect(page.text(in: "textarea") == "\n" + shown)
        }
        try await withSite { site in
            let answer = try await site.get("/?topic=%FF%FE")
            #expect(answer.status == 200)
        }
    }

    @Test func `says of each seat whether its provider answers, and who does instead`() async throws {
        let down = ProviderHealth.down(ProviderError(provider: .mistral, fault: .unauthorized))
        let voices = [ScriptedVoice(.mistral), ScriptedVoice(.groq)]
        try await withSite(voices, health: [.mistral: down]) { site in
            #expect(try await site.get("/").text.contains("<span class=\"health ok\">not asked yet</span>"))
            _ = await site.site.health.report()
            let text = try await site.get("/").text
            #expect(
                text.contains(
                    "Mistral · mistral-model</span> <span class=\"health degraded\">degraded</span>"
                )
            )
            #expect(text.contains("Groq answers in its place"))
            #expect(text.contains("Groq · groq-model</span> <span class=\"health ok\">up</span>"))
        }
        let all = [
            ProviderID.mistral: down, .groq: .down(ProviderError(provider: .groq, fault: .unauthorized)),
        ]
        try await withSite(voices, health: all) { site in
            _ = await site.site.health.report()
            let text = try await site.get("/").text
            #expect(text.contains("<span class=\"health down\">down</span>"))
            #expect(text.contains("nobody answers in its place"))
        }
    }

    @Test func `says in plain words where the words may go`() async throws {
        let house = ScriptedVoice(.local, model: "house-model")
        try await withSite([ScriptedVoice(.groq), ScriptedVoice(.mistral)]) { site in
            let text = try await site.get("/").text
            #expect(text.contains("Your words go to Groq and Mistral."))
            #expect(!text.contains("name=\"place\""))
        }
        try await withSite([house]) { site in
            let text = try await site.get("/").text
            #expect(text.contains("Every word stays with the local model server."))
        }
        try await withSite([house, ScriptedVoice(.groq)]) { site in
            let text = try await site.get("/").text
            #expect(text.contains("value=\"any\" checked> To Groq and our own model server</label>"))
            #expect(text.contains("value=\"house\"> Only to our own model server (house-model)"))
        }
        try await withSite([house, ScriptedVoice(.groq)], staysInHouse: true) { site in
            let text = try await site.get("/").text
            #expect(text.contains("value=\"house\" checked>"))
            #expect(
                text.contains("Local · house-model") && !text.contains("Groq · groq-model"),
                "who then speaks"
            )
        }
        try await withSite([ScriptedVoice(.groq)], staysInHouse: true) { site in
            let text = try await site.get("/").text
            #expect(text.contains("no local model server is configured: no discussion can be started"))
        }
        try await withSite([]) { site in
            let text = try await site.get("/").text
            #expect(text.contains("No language model is configured"))
        }
    }

    @Test func `leads to the list, and to what waits for the person`() async throws {
        try await withSite { site in
            #expect(try await !site.get("/").text.contains("class=\"jump\""))
            for number in 0..<3 {
                try await site.insert(
                    Samples.discussion(
                        "d\(number)",
                        of: site.person.id,
                        status: number == 0 ? .resolved : .waiting
                    )
                )
            }
            let text = try await site.get("/").text
            #expect(text.contains("<a href=\"/?status=waiting\">2 waiting for you</a>"))
            #expect(text.contains("<a href=\"#list-title\">Your discussions</a>"))
        }
    }
}
