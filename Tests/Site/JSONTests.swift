import Domain
import Doubles
import Foundation
import HTTPTypes
import Providers
import Scanning
import Store
import Testing

@testable import Site

@Suite("The JSON of", .timeLimit(.minutes(5)))
struct JSONTests {
    @Test("a discussion has the contract's keys, and its snapshot's cursor")
    func discussion() async throws {
        try await withSite { site in
            let id = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1").discussion()
            let transcript = try await site.waiting(id)
            let json = try await site.get("/discussions/\(id)", json: true).json()
            let keys: Set = [
                "id", "topic", "status", "activity", "waitingForAction", "cursor", "panel", "rounds",
                "summaries",
                "resolution", "files", "cost",
            ]
            #expect(Set(json.keys).isSuperset(of: keys))
            #expect(json["id"] as? String == id.rawValue)
            #expect(json["status"] as? String == "waiting")
            #expect(json["activity"] is NSNull)
            #expect(json["waitingForAction"] as? Bool == true)
            #expect(json["cursor"] as? Int == transcript.cursor)
            #expect(json["summaries"] is [Any] && json["files"] is [Any] && json["cost"] is [String: Any])

            let panel = try #require(json["panel"] as? [[String: Any]])
            #expect(
                panel.map { Set($0.keys) }
                    == Array(repeating: ["seat", "persona", "provider", "model"], count: 3)
            )
            #expect(panel.map { $0["persona"] as? String } == ["Analyzer", "Solver", "Moderator"])

            let rounds = try #require(json["rounds"] as? [[String: Any]])
            #expect(rounds.count == 1)
            let roundKeys: Set = ["number", "complete", "messages", "questionSet", "answers", "userInput"]
            #expect(Set(rounds[0].keys).isSuperset(of: roundKeys))
            #expect(rounds[0]["questionSet"] is NSNull && rounds[0]["answers"] is NSNull)
            #expect(rounds[0]["userInput"] is [Any])

            let messages = try #require(rounds[0]["messages"] as? [[String: Any]])
            let messageKeys: Set = [
                "id", "seat", "persona", "turn", "content", "provider", "model", "fallback", "truncated",
                "promptTokens", "completionTokens", "cost", "durationMs", "timeToFirstTokenMs",
                "promptVersion",
            ]
            for message in messages { #expect(Set(message.keys).isSuperset(of: messageKeys)) }
            #expect(messages.map { $0["turn"] as? Int } == [1, 2, 3])
        }
    }

    @Test("a running discussion says what is being done, and that it does not wait")
    func running() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id, status: .running))
            let json = try await site.get("/discussions/d1", json: true).json()
            #expect(json["status"] as? String == "running")
            #expect(json["activity"] as? String == "round")
            #expect(json["waitingForAction"] as? Bool == false)
        }
    }

    @Test("the list has the contract's keys, newest first, and leads on page by page without loss")
    func list() async throws {
        try await withSite { site in
            for number in 0..<45 {
                // Three of the same instant each.
                let time = Samples.instant.addingTimeInterval(Double(number / 3))
                try await site.insert(Samples.discussion("d\(number)", of: site.person.id, at: time))
            }
            var path: String? = "/"
            var seen: [String] = []
            var times: [String] = []
            var pages = 0
            while let current = path {
                let json = try await site.get(current, json: true).json()
                #expect(Set(json.keys) == ["discussions", "next", "cursor"])
                let page = try #require(json["discussions"] as? [[String: Any]])
                for entry in page {
                    #expect(Set(entry.keys) == ["id", "topic", "status", "updatedAt", "cost"])
                }
                seen += page.compactMap { $0["id"] as? String }
                times += page.compactMap { $0["updatedAt"] as? String }
                path = json["next"] as? String
                if path == nil { #expect(json["next"] is NSNull) }
                pages += 1
            }
            #expect(pages == 3)
            #expect(seen.count == 45 && Set(seen).count == 45)
            #expect(times == times.sorted(by: >))
            #expect(times.first == "2026-11-30T00:53:34.000Z")
        }
    }

    @Test("the list is empty before the first discussion")
    func emptyList() async throws {
        try await withSite { site in
            let answer = try await site.get("/", json: true)
            #expect(answer.text == "{\"cursor\":0,\"discussions\":[],\"next\":null}\n")
        }
    }

    @Test(
        "the list refuses a page that it never named",
        arguments: [
            "x", "1", "1-", "99999999999999999999-d1", "a-b-c", "x&q=a", "0&q=a", "-1&q=a", "1-d1&q=a",
        ]
    )
    func unknownPage(before: String) async throws {
        try await withSite { site in
            let answer = try await site.get("/?before=\(before)", json: true)
            #expect(answer.status == 400)
            #expect(try answer.error()["code"] == "VALIDATION_ERROR")
            #expect(try await site.get("/?before=\(before)").status == 400)
        }
    }

    @Test("the list follows as pages: each leads to the next by a link, and none repeats a discussion")
    func pages() async throws {
        try await withSite { site in
            for number in 0..<45 {
                try await site.insert(Samples.discussion("d\(number)", of: site.person.id))
            }
            var path: String? = "/"
            var seen: [String] = []
            while let current = path {
                let page = try Tokens(try await site.get(current).text, allowed: .page)
                let links = page.tags.compactMap { $0.attributes["href"] }
                seen += links.filter { $0.hasPrefix("/discussions/") }
                path = page.tags.first { $0.attributes["rel"] == "next" }?.attributes["href"]
            }
            #expect(seen.count == 45 && Set(seen).count == 45)
        }
    }
}

@Suite("The health report", .timeLimit(.minutes(5)))
struct HealthTests {
    @Test("names a status and a detail for every component")
    func shape() async throws {
        let error = ProviderError(provider: .groq, fault: .unauthorized)
        let voices = [ScriptedVoice(.local), ScriptedVoice(.groq)]
        try await withSite(voices, health: [.local: .up, .groq: .down(error)]) { site in
            let answer = try await site.get("/health")
            #expect(answer.status == 200)
            #expect(answer.headers[.contentType] == "application/json")
            let json = try answer.json()
            #expect(json["status"] as? String == "degraded")
            let components = try #require(json["components"] as? [String: Any])
            for name in ["database", "memcached", "scanner"] {
                let component = try #require(components[name] as? [String: String])
                #expect(Set(component.keys) == ["status", "detail"])
            }
            #expect((components["database"] as? [String: String])?["status"] == "ok")
            let providers = try #require(components["providers"] as? [String: [String: String]])
            #expect(
                providers["local"] == [
                    "status": "ok", "detail": "can be reached; local-model was not asked to speak yet",
                ]
            )
            #expect(providers["groq"] == ["status": "degraded", "detail": error.sentence])
        }
    }

    @Test("is 503 while no provider is configured, since no discussion can be started")
    func noProvider() async throws {
        try await withSite([]) { site in
            let answer = try await site.get("/health")
            #expect(answer.status == 503)
            #expect(try answer.json()["status"] as? String == "down")
        }
    }

    @Test("is no worse than degraded without a scanner: no file is accepted, but discussions go on")
    func scanner() async throws {
        let engine = ScriptedEngine(condition: .unavailable(reason: "no signatures"))
        let choice = EngineChoice.libclamav(directory: "/x", reason: "")
        try await withSite(scanner: ChosenScanner(choice, engine: engine)) { site in
            let answer = try await site.get("/health")
            #expect(answer.status == 200)
            let json = try answer.json()
            #expect(json["status"] as? String == "degraded")
            let components = try #require(json["components"] as? [String: Any])
            let detail = "scripted: no signatures; no file is accepted"
            #expect(components["scanner"] as? [String: String] == ["status": "down", "detail": detail])
            #expect(try await site.get("/status").text.contains(detail))
            let metrics = try await site.get("/metrics").text
            #expect(metrics.contains("\nparley_scanner_up 0.0\n"))
            #expect(metrics.contains("\nparley_scans_total{verdict=\"infected\"} 0.0\n"))
        }
    }

    @Test("is 503 when the database does not answer, while the process itself is alive")
    func noDatabase() async throws {
        try await withDatabasePath { path in
            let site = try await TestSite(
                store: .init(path: path),
                clock: Instants(),
                voices: [ScriptedVoice(.local)]
            )
            try site.store.close()
            let answer = try await site.get("/health")
            #expect(answer.status == 503)
            let components = try #require(try answer.json()["components"] as? [String: Any])
            let database = try #require(components["database"] as? [String: String])
            #expect(database["status"] == "down")
            let alive = try await site.get("/health?live=1")
            #expect(alive.status == 200)
            #expect(try alive.json() as? [String: String] == ["status": "ok"])
            #expect(try await site.get("/health?live=0").status == 503)
            #expect(try await site.get("/", json: true).error()["code"] == "INTERNAL_ERROR")
        }
    }
}
