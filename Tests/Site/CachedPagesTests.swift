import Cache
import Domain
import Doubles
import Engine
import Foundation
import HTTPTypes
import Logging
import Providers
import Store
import Support
import Synchronization
import TestSupport
import Testing

@testable import Site

@Suite("A page out of the cache", .timeLimit(.minutes(5)))
struct CachedPagesTests {
    private static let paths = [
        "/discussions/d1", "/discussions/d1?rounds=all", "/discussions/d1?before=21",
        "/discussions/d1?round=7",
        "/discussions/d1?before=21&rounds=open", "/discussions/d1/rounds/3",
        "/discussions/d1/rounds/3?fragment=1",
        "/discussions/d1/export.md", "/discussions/d1/export.json",
    ]

    private static func insert(_ rounds: Int, _ site: TestSite) async throws -> Discussion {
        let discussion = Samples.discussion(of: site.person.id)
        try await site.insert(
            discussion,
            rounds: (1...rounds).map { number in
                Round(
                    number: number,
                    complete: true,
                    messages: (1...3).map {
                        Samples.message(seat: $0, round: number, "**Said** \(number).\($0).")
                    }
                )
            }
        )
        return discussion
    }

    @Test("costs one statement and two trips to memcached, and is the page that it was", arguments: paths)
    func warm(path: String) async throws {
        try await withCachedSite { cached in
            _ = try await Self.insert(22, cached.site)
            let cold = try await cached.count(path)
            let warm = try await cached.count(path)
            #expect(cold.answer.status == 200)
            #expect(cold.statements > 3)
            #expect(warm.statements == 1)
            #expect(warm.trips <= 2)
            // The same with forms' ids aside, and the same as without a cache.
            try await cached.get(path)
            try await cached.get(path, json: true)
            let json = try await cached.count(path, json: true)
            #expect(json.statements == 1)
            #expect(json.trips <= 2)
        }
    }

    @Test("is not that of the same site under another path", arguments: paths)
    func underPath(path: String) async throws {
        try await withCachedSite { cached in
            _ = try await Self.insert(22, cached.site)
            try await cached.get(path)
            try await cached.get(path, json: true)
            await cached.cache.settled()
            let address = try #require(PublicAddress("http://localhost/our/parley/"))
            func site(_ cache: DiscussionCache?) async throws -> TestSite {
                try await TestSite(
                    store: cached.store,
                    clock: cached.site.clock,
                    voices: [],
                    address: address,
                    cache: cache
                )
            }
            let (kept, plain) = try await (site(cached.cache), site(nil))
            for json in [false, true] {
                let moved = "/our/parley\(path)"
                let expected = try await plain.get(moved, json: json)
                #expect(expected.status == 200)
                for _ in 0..<2 {
                    let answer = try await kept.get(moved, json: json)
                    #expect(CachedSite.fixed(answer.text) == CachedSite.fixed(expected.text))
                    await cached.cache.settled()
                }
            }
            await kept.engine.close(grace: .zero)
            await plain.engine.close(grace: .zero)
        }
    }

    @Test("tells the log's end anew, also after others' events")
    func cursor() async throws {
        try await withCachedSite { cached in
            _ = try await Self.insert(2, cached.site)
            let other = Samples.discussion("other", of: cached.site.person.id)
            try await cached.site.insert(other, failure: "x")
            for _ in 0..<3 {
                let hits = cached.cache.counts.discussions.hits
                try await cached.get("/discussions/d1")
                try await cached.get("/discussions/d1", json: true)
                try await cached.get("/discussions/d1/export.json")
                await cached.cache.settled()
                let event = try await cached.store.write { writer in
                    try writer.append(.userInput(.init(round: 1, input: "x", status: .waiting)), of: other.id)
                }
                let page = try await cached.get("/discussions/d1")
                #expect(page.text.contains("data-cursor=\"\(event)\""))
                let json = try await cached.get("/discussions/d1", json: true)
                #expect(try json.json()["cursor"] as? Int == event)
                let export = try await cached.get("/discussions/d1/export.json")
                #expect(try export.json()["cursor"] as? Int == event)
                #expect(cached.cache.counts.discussions.hits >= hits + 3)
            }
        }
    }

    @Test("never lags behind what was done, whatever it was")
    func actions() async throws {
        let questions =
            #"{"questions":[{"text":"Why?","options":["a","b"]},{"text":"How?","options":["c","d"]}]}"#
        let voice = ScriptedVoice(.local, scriptsJSON: true) { request, _ in
            let task = request.messages[0].content
            if task.contains("multiple-choice questions") { return [.say(questions)] }
            if task.contains("You judge whether") { return [.say(ScriptedVoice.openVerdict)] }
            return [.say("Words, "), .say("and more.")]
        }
        try await withCachedSite([voice]) { cached in
            let site = cached.site
            let command = Mutex(0)
            func post(_ action: String, _ fields: [String: String] = [:]) async throws {
                let number = command.withLock { number in
                    number += 1
                    return number
                }
                let answer = try await site.post(json: fields, to: "/discussions\(action)", id: "c\(number)")
                #expect(answer.status < 300, "\(action): \(answer.text)")
            }
            try await post("", ["topic": "Why is the sky blue?"])
            let id = try #require(
                try await cached.store.read { reader in
                    try reader.listDiscussions(of: site.person.id, limit: 1).first?.id
                }
            )
            func check() async throws {
                for path in ["", "?rounds=all", "/rounds/1", "/export.md", "/export.json"] {
                    try await cached.get("/discussions/\(id)\(path)")
                }
                try await cached.get("/discussions/\(id)", json: true)
                await cached.cache.settled()
            }
            func settled() async throws {
                // While it runs too: both see some state, the same if nothing happened in between.
                _ = try await site.waiting(id)
                try await check()
                try await check()
            }
            try await settled()
            try await post("/\(id)/input", ["input": "And at dusk?", "proceed": "false"])
            try await settled()
            try await post("/\(id)/questions")
            try await settled()
            let set = try #require(try await site.waiting(id).rounds.last?.questionSet)
            try await cached.store.write { writer in
                try writer.insert(
                    [Domain.Answer(question: set.questions[0].id, options: [], text: "So.")],
                    to: set.id
                )
            }
            try await settled()
            try await post("/\(id)/summary")
            try await settled()
            try await post("/\(id)/proceed")
            try await settled()
            try await post("/\(id)/resolve", ["conclusion": "It scatters."])
            try await check()
            try await check()
            try await post("/\(id)/reopen")
            try await settled()
            try await post("/\(id)/delete")
            #expect(try await cached.get("/discussions/\(id)").status == 404)
            #expect(try await cached.get("/discussions/\(id)", json: true).status == 404)
            try await post("/\(id)/restore")
            try await settled()
            #expect(cached.cache.counts.discussions.hits > 40)
        }
    }

    @Test("shows nobody what was told or typed to another request")
    func nothingBakedIn() async throws {
        try await withCachedSite { cached in
            _ = try await Self.insert(2, cached.site)
            for _ in 0..<2 {
                let told = try await cached.site.send(
                    .get,
                    "/discussions/d1",
                    [.cookie: "parley_done=user-input"]
                )
                #expect(told.text.contains("data-flash"))
                let refused = try await cached.site.post(
                    form: ["command_id": "x", "input": String(repeating: "Typed words ", count: 600)],
                    to: "/discussions/d1/input"
                )
                #expect(refused.status == 400)
                #expect(refused.text.contains("Typed words"))
                let page = try await cached.get("/discussions/d1").text
                #expect(!page.contains("data-flash"))
                #expect(!page.contains("Typed words"))
                await cached.cache.settled()
            }
        }
    }

    @Test("is nobody else's, and no longer there once the discussion is erased: memcached has no key of it")
    func erased() async throws {
        try await withCachedSite { cached in
            let discussion = try await Self.insert(22, cached.site)
            for path in Self.paths { try await cached.get(path) }
            try await cached.site.insert(Samples.discussion("d2", of: cached.site.person.id))
            try await cached.get("/discussions/d2")
            await cached.cache.settled()
            let keys = Set(cached.cache.keys(of: "d1").map(\.text))
            #expect(keys.count > 30)
            #expect(try await cached.memcached.keys().isSuperset(of: keys))
            try await cached.store.write { writer in try writer.delete(discussion.id) }
            for path in Self.paths { #expect(try await cached.site.get(path).status == 404) }
            let erased = try await cached.store.write { writer in
                try writer.eraseDiscussions(deletedBefore: .distantFuture, limit: 9).discussions
            }
            for id in erased { await cached.cache.invalidateDiscussion(id: id.rawValue) }
            let left = try await cached.memcached.keys()
            #expect(left == Set(cached.cache.keys(of: "d2").map(\.text)))
            for path in Self.paths { #expect(try await cached.site.get(path).status == 404) }
            // Put back under its id, it shows itself and nothing of before.
            try await cached.site.insert(discussion)
            for path in ["/discussions/d1", "/discussions/d1?rounds=all"] {
                let page = try await cached.get(path)
                #expect(!page.text.contains("Said"))
            }
        }
    }

    @Test("is right while memcached hangs, is gone, or has forgotten everything; one page waits for it")
    func down() async throws {
        let clock = StandingClock()
        try await withCachedSite(now: { clock.now }) { cached in
            _ = try await Self.insert(22, cached.site)
            func look() async throws {
                for path in Self.paths { try await cached.get(path) }
                await cached.cache.settled()
            }
            try await look()
            try await cached.memcached.freeze()
            for period in 1...3 {
                try await look()
                try await look()
                #expect(cached.cache.counts.timeouts == period)
                let health = try await cached.site.get("/health").json()
                let components = health["components"] as? [String: [String: Any]]
                #expect(components?["memcached"]?["status"] as? String == "degraded")
                clock.advance(CacheLimits().rest)
            }
            await cached.memcached.thaw()
            try await look()
            #expect(cached.cache.standing == (1, 1))
            try await cached.store.write { writer in
                try writer.insertUserInput("What of dusk?", round: 22, of: DiscussionID(rawValue: "d1"))
            }
            await cached.memcached.flush()
            try await look()
            await cached.memcached.kill()
            try await look()
            #expect(cached.cache.counts.timeouts == 3)
            try await cached.memcached.start()
            clock.advance(CacheLimits().rest)
            try await look()
            try await look()
            let (_, statements, _) = try await cached.count("/discussions/d1")
            #expect(statements == 1)
            let metrics = try await cached.site.get("/metrics").text
            #expect(metrics.contains("parley_cache_timeouts_total 3.0\n"))
            #expect(metrics.contains("parley_cache_servers_up 1.0\n"))
            #expect(!metrics.contains("parley_cache_hits_total{of=\"round\"} 0.0\n"))
        }
    }

    @Test("is made once, however many ask for it at the same time")
    func once() async throws {
        try await withCachedSite { cached in
            _ = try await Self.insert(22, cached.site)
            let (_, cold, _) = try await cached.count("/discussions/d1")
            try await cached.store.write { writer in
                try writer.insertUserInput("Now?", round: 22, of: DiscussionID(rawValue: "d1"))
            }
            cached.statements.clear()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let page = try await cached.site.get("/discussions/d1").text
                        #expect(page.contains("Now?"))
                    }
                }
                try await group.waitForAll()
            }
            // Some may come when the first are done; most share one reading.
            #expect(cached.statements.list.count < 20 + 5 * cold)
        }
    }

    @Test("says in the debug log where it came from")
    func log() async throws {
        let lines = DebugLines()
        try await withCachedSite(logger: lines.logger) { cached in
            _ = try await Self.insert(2, cached.site)
            for expected in ["miss", "hit"] {
                _ = try await cached.site.get("/discussions/d1")
                await cached.cache.settled()
                #expect(lines.last?["cache"] == "\(expected)")
            }
        }
    }
}

/// A clock that is moved by hand.
private final class StandingClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}
