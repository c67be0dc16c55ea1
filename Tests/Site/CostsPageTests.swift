import Domain
import Doubles
import Engine
import Foundation
import HTTPTypes
import Providers
import Testing

@testable import Site

@Suite("Costs and status, as people and scripts see them", .timeLimit(.minutes(5)))
struct CostsPageTests {
    private static func limits(_ change: (inout Engine.Limits) -> Void = { _ in }) -> Engine.Limits {
        var limits = Engine.Limits()
        for id in ProviderID.allCases { limits.prices[id] = Price(input: 1_000, output: 10_000) }
        change(&limits)
        return limits
    }

    private static var voices: [ScriptedVoice] {
        [
            ScriptedVoice(.mistral, .say("Well.")), ScriptedVoice(.groq, .say("Well.")),
            ScriptedVoice(.openrouter, .say("Well.")),
        ]
    }

    private func start(_ site: TestSite) async throws -> DiscussionID {
        let id = try await site.post(form: ["topic": "Why?", "command_id": "c"], to: "/discussions")
            .discussion()
        _ = try await site.waiting(id)
        return id
    }

    @Test func `the costs page tells of today, each model and each discussion`() async throws {
        let limits = Self.limits {
            $0.budget.daily = 5
            $0.budget.discussion = 2
        }
        try await withSite(Self.voices, limits: limits) { site in
            let id = try await start(site)
            // 7 tokens at 0.001 and 5 at 0.01 are 0.057 for each of four answers.
            let page = try await site.get("/costs")
            #expect(page.status == 200)
            #expect(page.text.contains("<strong>$0.23</strong> of $5.00"))
            #expect(page.text.contains("A discussion stops at $2.00."))
            #expect(page.text.contains("OpenRouter · openrouter-model"))
            #expect(page.text.contains("<a href=\"/discussions/\(id)\" dir=\"auto\">Why?</a>"))
            let json = try await site.get("/costs", json: true).json()
            let today = try #require(json["today"] as? [String: Any])
            #expect(abs((today["usd"] as? Double ?? 0) - 0.228) < 1e-9)
            #expect(today["budget"] as? Double == 5)
            let usage = try #require(json["usage"] as? [[String: Any]])
            #expect(usage.map { $0["answers"] as? Int } == [1, 1, 2])
            #expect(usage.allSatisfy { $0["person"] as? String == "local" })
            let discussion = try await site.get("/discussions/\(id)", json: true).json()
            let cost = try #require(discussion["cost"] as? [String: Any])
            #expect(abs((cost["usd"] as? Double ?? 0) - 0.228) < 1e-9)
            #expect(cost["promptTokens"] as? Int == 28)
            #expect(try await site.get("/discussions/\(id)").text.contains("cost $0.23 so far"))
        }
    }

    @Test func `the start page estimates the costs, and says where a discussion stops`() async throws {
        let limits = Self.limits { $0.budget.discussion = 2 }
        try await withSite(Self.voices, limits: limits) { site in
            let text = try await site.get("/").text
            #expect(text.contains("An estimate: the first round costs about $"))
            #expect(text.contains("A discussion stops at $2.00."))
        }
        try await withUploads { uploads in
            try await withSite(Self.voices, limits: limits, uploads: uploads) { site in
                let text = try await site.get("/").text
                #expect(text.contains(/Files add up to \$[0-9.]+ a round\. A discussion stops at/))
            }
        }
        try await withSite(Self.voices) { site in
            let text = try await site.get("/").text
            #expect(text.contains("What this costs is not known"))
        }
        var free = Engine.Limits()
        free.prices = [.local: Price(input: 0, output: 0)]
        try await withSite([ScriptedVoice(.local)], limits: free) { site in
            let text = try await site.get("/").text
            #expect(!text.contains("estimate") && !text.contains("What this costs"))
        }
    }

    @Test func `at the limit a remark is refused, and comes back in its form`() async throws {
        let limits = Self.limits { $0.budget.discussion = 0.1 }
        try await withSite(Self.voices, limits: limits) { site in
            let id = try await start(site)
            let refused = try await site.post(
                form: ["input": "But what of <this>?", "command_id": "i"],
                to: "/discussions/\(id)/input"
            )
            #expect(refused.status == 409)
            #expect(refused.text.contains("has reached its limit of $0.10 (DISCUSSION_COST_LIMIT)"))
            #expect(refused.text.contains("But what of &lt;this&gt;?"))
            let script = try await site.post(json: [:], to: "/discussions/\(id)/proceed", id: "p")
            #expect(script.status == 409)
            #expect(try script.error()["code"] == "BUDGET_EXCEEDED")
        }
    }

    @Test func `at the day's budget a topic is refused, and comes back in its form`() async throws {
        let limits = Self.limits { $0.budget.daily = 0.01 }
        try await withSite(Self.voices, limits: limits) { site in
            _ = try await start(site)
            let refused = try await site.post(
                form: ["topic": "Another one?", "command_id": "t"],
                to: "/discussions"
            )
            #expect(refused.status == 409)
            #expect(refused.text.contains("Today&#39;s budget of $0.0100 for this site (DAILY_COST_BUDGET)"))
            #expect(refused.text.contains("Another one?"))
        }
    }

    @Test func `the status page tells what is up, and why not`() async throws {
        let error = ProviderError(provider: .groq, fault: .unauthorized)
        try await withSite(Self.voices, health: [.groq: .down(error)]) { site in
            let page = try await site.get("/status")
            #expect(page.status == 200)
            #expect(page.text.contains("Discussions can be held, but not everything answers."))
            #expect(page.text.contains(HTML.escape(error.sentence)))
            #expect(page.text.contains("can be reached; mistral-model was not asked to speak yet"))
            let json = try await site.get("/status", json: true)
            let health = try await site.get("/health")
            #expect(json.bytes == health.bytes)
        }
        let down = Dictionary(
            uniqueKeysWithValues: [ProviderID.mistral, .groq, .openrouter].map {
                ($0, ProviderHealth.down(ProviderError(provider: $0, fault: .unreachable(.refused))))
            }
        )
        try await withSite(Self.voices, health: down) { site in
            let page = try await site.get("/status")
            #expect(page.text.contains("No language model answers at the moment"))
        }
    }

    @Test func `the metrics are in Prometheus' text format`() async throws {
        let error = ProviderError(provider: .groq, fault: .unauthorized)
        try await withSite(Self.voices, health: [.groq: .down(error)]) { site in
            let before = try await site.get("/metrics")
            #expect(before.headers[.contentType]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(before.text.contains("\nparley_provider_up{provider=\"groq\"} 0.0\n"))
            _ = try await start(site)
            let lines = try await site.get("/metrics").text.split(separator: "\n")
            #expect(lines.contains("parley_provider_requests_total{provider=\"openrouter\"} 2.0"))
            #expect(lines.contains("parley_provider_up{provider=\"groq\"} 1.0"))
            let name = /^(# (HELP|TYPE) )?parley_[a-z_]+( |\{[a-z]+="[a-z]+"\} [0-9.]+$).*/
            #expect(lines.allSatisfy { $0.wholeMatch(of: name) != nil })
        }
    }

    @Test func `words stay in the house by default where an operator says so`() async throws {
        let vendors = Self.voices
        let voices = vendors + [ScriptedVoice(.local, .say("At home."))]
        try await withSite(voices, staysInHouse: true) { site in
            let page = try Tokens(try await site.get("/").text, allowed: .page)
            let checked = page.tags.filter { $0.attributes["checked"] != nil }
            #expect(checked.map { $0.attributes["value"] } == ["house"])
            let id = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "s").discussion()
            #expect(try await site.waiting(id).discussion.place == .house)
            #expect(vendors.allSatisfy { $0.asked.isEmpty })
        }
    }
}
