import Domain
import Doubles
import Engine
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Store
import TestSupport
import Testing

@testable import Site

@Suite("A poll", .timeLimit(.minutes(5)))
struct EventsPollTests {
    private static let path = "/discussions/d1/events"

    @Test("is held until there is news, and gets it", arguments: [path, "/events"])
    func held(path: String) async throws {
        try await withPolled { site, cursor in
            async let answer = site.poll("\(path)?after=\(cursor)")
            try await eventually { site.site.polls.count == 1 && site.store.bell.count == 1 }
            try await site.stop()
            let polled = try await answer
            #expect(polled.events.map(\.type) == ["discussion-stopped"])
            #expect(polled.events.first?.id == polled.cursor && polled.cursor == cursor + 1)
            #expect(polled.events.first?.discussion == "d1")
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("without news ends after the time that it asked for, with the log's newest cursor")
    func empty() async throws {
        try await withPolled { site, cursor in
            let start = ContinuousClock.now
            async let answer = site.poll("\(Self.path)?after=\(cursor)&wait=1")
            try await eventually { site.store.bell.count == 1 }
            // Elsewhere something happens: the cursor moves on with it.
            try await site.insert(Samples.discussion("d2", of: site.person.id))
            try await site.stop("d2")
            let polled = try await answer
            #expect(ContinuousClock.now - start >= .seconds(1))
            #expect(polled.events.isEmpty && polled.cursor == cursor + 1)
            #expect(try await site.poll("\(Self.path)?after=\(cursor)&wait=0").events.isEmpty)
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("is held 25 seconds and some, or less where less is asked for")
    func hold() throws {
        let limits = Polls.Limits()
        func asked(_ query: String, _ method: HTTPRequest.Method = .get) throws -> Double {
            let head = HTTPRequest(method: method, scheme: nil, authority: nil, path: "/events?\(query)")
            return try EventsRequest(Request(head: head, body: .init(buffer: .init()))).holds(limits)
        }
        let usual = try (0..<200).map { _ in try asked("after=0") }
        #expect(usual.allSatisfy { (25..<30).contains($0) })
        #expect(Set(usual).count > 100)
        #expect(try asked("wait=7") == 7)
        #expect(try asked("wait=0") == 0)
        #expect(try (25..<30).contains(asked("wait=3600")))
        #expect(try asked("after=0", .head) == 0)
    }

    @Test(
        "that is malformed is refused, and the field named",
        arguments: [
            ("after=x", "after"), ("after=-1", "after"), ("after=%2B1", "after"), ("after=", "after"),
            ("after=1.5", "after"), ("after=99999999999999999999", "after"), ("wait=soon", "wait"),
            ("wait=-1", "wait"), ("client=a%20b", "client"), ("client=", "client"),
            ("client=\(String(repeating: "x", count: 65))", "client"), ("consumer=a/b", "consumer"),
        ]
    )
    func malformed(query: String, field: String) async throws {
        try await withPolled { site, _ in
            for path in [Self.path, "/events"] {
                let answer = try await site.get("\(path)?\(query)", json: true)
                #expect(answer.status == 400)
                #expect(try answer.error()["field"] == field)
            }
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("by a consumer of one discussion alone is refused: its cursor is over all of them")
    func consumerOfOne() async throws {
        try await withPolled { site, _ in
            let answer = try await site.get("\(Self.path)?consumer=nightly&after=1&wait=0", json: true)
            #expect(answer.status == 400)
            #expect(try answer.error()["field"] == "consumer")
            let person = site.person.id
            #expect(try await site.store.consumerCursor("nightly", of: person) == 0)
        }
    }

    @Test("ahead of the log is told so", arguments: [path, "/events"])
    func ahead(path: String) async throws {
        try await withPolled { site, cursor in
            let answer = try await site.get("\(path)?after=\(cursor + 1)", json: true)
            #expect(answer.status == 410)
            #expect(try answer.error()["code"] == "CURSOR_AHEAD")
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("behind what is kept is told so; 0 asks for all that is kept", arguments: [path, "/events"])
    func expired(path: String) async throws {
        try await withPolled { site, cursor in
            for _ in 0..<3 { try await site.stop() }
            site.clock.advance(by: 3_600)
            let now = site.clock.now
            _ = try await site.store.write { writer in try writer.removeEvents(before: now, limit: cursor + 1)
            }
            for after in 1...cursor {
                let answer = try await site.get("\(path)?after=\(after)&wait=0", json: true)
                #expect(answer.status == 410)
                #expect(try answer.error()["code"] == "CURSOR_EXPIRED")
            }
            for after in [0, cursor + 1] {
                let polled = try await site.poll("\(path)?after=\(after)&wait=0")
                #expect(polled.events.map(\.id) == [cursor + 2, cursor + 3])
            }
        }
    }

    @Test("is not expired by compaction: whoever missed the chunks gets the message")
    func compacted() async throws {
        let voice = ScriptedVoice(.local, .say("one "), .say("two"))
        try await withSite([voice]) { site in
            let id = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c").discussion()
            _ = try await site.waiting(id)
            let before = try await site.poll("/events?after=0&wait=0").events
            let now = site.clock.now.addingTimeInterval(1)
            _ = try await site.store.write { writer in
                try writer.compactChunks(completeBefore: now, limit: 10_000)
            }
            let kept = before.filter { $0.type != "message-chunk" }.map(\.id)
            #expect(kept.count < before.count)
            for event in before {
                let polled = try await site.poll("/discussions/\(id)/events?after=\(event.id)&wait=0")
                #expect(polled.events.map(\.id) == kept.filter { $0 > event.id })
            }
        }
    }

    @Test("answers with 1,000 events at most, and goes on from there")
    func long() async throws {
        try await withPolled { site, cursor in
            try await site.store.write { writer in
                for _ in 0..<2_500 {
                    try writer.append(.discussionStopped(.init(status: .waiting)), of: .init(rawValue: "d1"))
                }
            }
            var after = cursor
            var lengths: [Int] = []
            var seen: [Int] = []
            repeat {
                let polled = try await site.poll("/events?after=\(after)&wait=0")
                #expect(polled.cursor == polled.events.last?.id)
                lengths.append(polled.events.count)
                seen += polled.events.map(\.id)
                after = polled.cursor
            } while after < cursor + 2_500
            #expect(lengths == [1_000, 1_000, 500])
            #expect(seen == Array(cursor + 1...cursor + 2_500))
        }
    }

    @Test("of the person's stream holds all discussions, and nobody else's")
    func stream() async throws {
        try await withPolled { site, cursor in
            let other = try await site.store.person(named: "other")
            try await site.insert(Samples.discussion("d2", of: site.person.id))
            try await site.insert(Samples.discussion("theirs", of: other.id))
            for id in ["d2", "theirs", "d1", "d2"] { try await site.stop(id) }
            let polled = try await site.poll("/events?after=\(cursor)&wait=0")
            #expect(polled.events.map(\.discussion) == ["d2", "d1", "d2"])
            let list = try await site.get("/", json: true).json()
            #expect(list["cursor"] as? Int == polled.cursor)
            // Not held back by the other's events, and not shown them.
            async let held = site.poll("/events?after=\(polled.cursor)")
            try await eventually { site.store.bell.count == 1 }
            try await site.stop("theirs")
            try await site.stop("d1")
            #expect(try await held.events.map(\.discussion) == ["d1"])
        }
    }

    @Test("held while its discussion is deleted gets that event; a later one is 404")
    func deleted() async throws {
        try await withPolled { site, cursor in
            // Held, not only asked: the response is there when the log was read, and its body is to come.
            let responses = [
                try await site.respond(.get, "\(Self.path)?after=\(cursor)"),
                try await site.respond(.get, "/events?after=\(cursor)"),
            ]
            let deletion = try await site.post(json: [:], to: "/discussions/d1/delete", id: "c1")
            #expect(deletion.status == 200)
            for response in responses {
                let collected = Collected()
                try await response.body.write(CollectingWriter(collected))
                #expect(collected.text.contains("\"type\":\"discussion-deleted\""))
            }
            #expect(try await site.get("\(Self.path)?after=\(cursor)", json: true).status == 404)
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("whose reader goes away is freed at once")
    func gone() async throws {
        try await withPolled { site, cursor in
            let poll = Task { try await site.poll("\(Self.path)?after=\(cursor)") }
            try await eventually { site.store.bell.count == 1 }
            poll.cancel()
            await #expect(throws: CancellationError.self) { try await poll.value }
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("is completed by a newer one of the same tab for the same stream, and by no other")
    func newerWins() async throws {
        try await withPolled { site, cursor in
            try await site.insert(Samples.discussion("d2", of: site.person.id))
            let paths = [
                "\(Self.path)?client=a&", "\(Self.path)?client=b&", "\(Self.path)?",
                "/discussions/d2/events?client=a&", "/events?client=a&",
            ]
            let others = paths.dropFirst().map { path in
                Task { try await site.poll("\(path)after=\(cursor)") }
            }
            try await eventually { site.store.bell.count == 4 }
            for _ in 0..<3 {
                let older = Task { try await site.poll("\(paths[0])after=\(cursor)") }
                try await eventually { site.store.bell.count == 5 }
                let newer = Task { try await site.poll("\(paths[0])after=\(cursor)") }
                let answer = try await older.value
                #expect(answer.events.isEmpty && answer.cursor == cursor)
                try await eventually { site.store.bell.count == 5 }
                // One that does not wait completes it too.
                #expect(try await site.poll("\(paths[0])after=\(cursor)&wait=0").events.isEmpty)
                #expect(try await newer.value.events.isEmpty)
            }
            #expect(site.site.polls.count == 4)
            site.site.polls.close()
            for other in others { #expect(try await other.value.events.isEmpty) }
        }
    }

    @Test("past a limit waits a second and is told to come back in five; live pages count too")
    func limits() async throws {
        var limits = Polls.Limits()
        limits.perPerson = 3
        try await withPolled(limits) { site, cursor in
            let held = (0..<2).map { number in
                Task { try await site.poll("\(Self.path)?after=\(cursor)&client=c\(number)") }
            }
            try await eventually { site.store.bell.count == 2 }
            try await site.insert(Samples.discussion("d2", of: site.person.id, status: .running))
            let live = try await site.respond(.get, "/discussions/d2/live")
            let page = Task { try await live.body.write(CollectingWriter(Collected())) }
            try await eventually { site.site.polls.count == 3 && site.store.bell.count == 3 }
            for path in ["\(Self.path)?after=\(cursor)", "/events?after=\(cursor)&client=new"] {
                let start = ContinuousClock.now
                let answer = try await site.get(path, json: true)
                #expect(ContinuousClock.now - start >= .seconds(1))
                #expect(answer.status == 200)
                #expect(answer.headers[.retryAfter] == "5")
                #expect(answer.text == "{\"cursor\":\(cursor),\"events\":[]}\n")
            }
            let refused = try await site.get("/discussions/d2/live")
            #expect(refused.status == 200 && refused.headers[.retryAfter] == "5")
            #expect(try Tokens(refused.text, allowed: .page).plainText.contains("Too many pages"))
            // The tab that has a place keeps it, and what does not wait needs none.
            let again = Task { try await site.poll("\(Self.path)?after=\(cursor)&client=c0") }
            #expect(try await held[0].value.events.isEmpty)
            #expect(try await site.poll("\(Self.path)?after=\(cursor)&wait=0").events.isEmpty)
            page.cancel()
            _ = try? await page.value
            try await eventually { site.site.polls.count == 2 }
            again.cancel()
            held[1].cancel()
            try await eventually { site.site.polls.count == 0 && site.store.bell.count == 0 }
        }
    }

    @Test("past the limit of all people together is turned away as well")
    func total() async throws {
        var limits = Polls.Limits()
        limits.total = 1
        try await withPolled(limits) { site, cursor in
            let held = Task { try await site.poll("\(Self.path)?after=\(cursor)") }
            try await eventually { site.store.bell.count == 1 }
            #expect(try await site.get("/events?after=\(cursor)", json: true).headers[.retryAfter] == "5")
            held.cancel()
            _ = try? await held.value
        }
    }

    @Test("a live page that is never written gives its place back")
    func neverWritten() async throws {
        try await withPolled { site, _ in
            try await site.insert(Samples.discussion("d2", of: site.person.id, status: .running))
            _ = try await site.respond(.get, "/discussions/d2/live")
            try await eventually { site.site.polls.count == 0 }
        }
    }

    @Test("is answered at once when the process is about to end, as are those that still come")
    func closing() async throws {
        try await withPolled { site, cursor in
            let held = (0..<8).map { _ in Task { try await site.poll("\(Self.path)?after=\(cursor)") } }
            try await eventually { site.store.bell.count == 8 }
            site.site.polls.close()
            for poll in held { #expect(try await poll.value.cursor == cursor) }
            #expect(try await site.poll("/events?after=\(cursor)").cursor == cursor)
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    @Test("by a consumer goes on after what it acknowledged by asking")
    func consumer() async throws {
        try await withPolled { site, cursor in
            for _ in 0..<3 { try await site.stop() }
            let first = try await site.poll("/events?consumer=tail&wait=0")
            #expect(first.events.map(\.id) == Array(1...cursor + 3))
            // Not acknowledged: it comes again.
            #expect(try await site.poll("/events?consumer=tail&wait=0").events.count == cursor + 3)
            #expect(try await site.poll("/events?consumer=tail&after=\(cursor + 1)&wait=0").events.count == 2)
            #expect(try await site.poll("/events?consumer=tail&wait=0").events.map(\.id).first == cursor + 2)
            // What cannot be is not taken for an acknowledgement.
            #expect(try await site.get("/events?consumer=tail&after=999", json: true).status == 410)
            try await site.store.flushConsumers()
            #expect(try await site.poll("/events?consumer=tail&wait=0").events.map(\.id).first == cursor + 2)
            #expect(try await site.store.read { reader in try reader.listConsumers() }.map(\.lag) == [2])
            let held = Task { try await site.poll("/events?consumer=tail&after=\(cursor + 3)") }
            try await eventually { site.store.bell.count == 1 }
            let metrics = try await site.get("/metrics").text
            #expect(metrics.contains("\nparley_polls 1.0\n"))
            let labels = "{consumer=\"tail\",person=\"\(site.person.id)\"}"
            #expect(metrics.contains("\nparley_consumer_lag\(labels) 2.0\n"))
            try await site.stop()
            #expect(try await held.value.events.map(\.id) == [cursor + 4])
        }
    }

    /// A site with one waiting discussion, `d1`, with an event, and the cursor after it.
    private func withPolled(
        _ limits: Polls.Limits = .init(),
        _ body: (TestSite, Int) async throws -> Void
    ) async throws {
        try await withSite(polls: limits) { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            try await site.stop()
            try await body(site, 1)
        }
    }
}

extension TestSite {
    struct Polled: Sendable {
        struct Told: Sendable {
            let id: Int
            let type: String
            let discussion: String
        }

        let cursor: Int
        let events: [Told]
    }

    func poll(_ path: String) async throws -> Polled {
        let answer = try await get(path, json: true)
        try #require(answer.status == 200, "\(answer.text)")
        let json = try answer.json()
        let events = try #require(json["events"] as? [[String: Any]])
        return Polled(
            cursor: try #require(json["cursor"] as? Int),
            events: events.map { event in
                Polled.Told(
                    id: event["id"] as? Int ?? 0,
                    type: event["type"] as? String ?? "",
                    discussion: event["discussionId"] as? String ?? ""
                )
            }
        )
    }

    /// Appends an event that changes nothing.
    func stop(_ id: String = "d1") async throws {
        _ = try await store.write { writer in
            try writer.append(.discussionStopped(.init(status: .waiting)), of: .init(rawValue: id))
        }
    }
}
