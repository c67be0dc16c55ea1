import Client
import Foundation
import TestSupport
import Testing

@Suite("Following a discussion", .timeLimit(.minutes(5)))
struct DiscussionFeedTests {
    /// Follows until `count` items came, or the end.
    private func follow(_ scripted: ScriptedSite, _ count: Int, after: Int = 0) async throws -> [String] {
        try await scripted.use {
            var items: [String] = []
            for try await item in scripted.site.feed(of: "d1", after: after) {
                items.append(Self.short(item))
                if items.count == count { break }
            }
            return items
        }
    }

    private static func short(_ item: FeedItem) -> String {
        switch item {
        case .event(let event): "\(event.id)"
        case .caughtUp(let cursor): "up to \(cursor)"
        case .lost: "lost"
        case .back: "back"
        case .begunAnew(let snapshot): "anew at \(snapshot.cursor)"
        }
    }

    private func cursors(_ scripted: ScriptedSite) -> [String?] {
        scripted.server.requests.map { $0.query("after") }
    }

    @Test("tells the events in order, and acknowledges them by the next poll")
    func order() async throws {
        let scripted = try ScriptedSite(token: "secret-token") { request in
            switch request.query("after") {
            case "3": .events(9, [event(5), event(8)])
            case "9": .events(12, [event(12)])
            default: [.hang]
            }
        }
        let items = try await follow(scripted, 5, after: 3)
        #expect(items == ["5", "8", "up to 9", "12", "up to 12"])
        #expect(cursors(scripted) == ["3", "9"])
        #expect(scripted.server.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret-token" })
        let clients = Set(scripted.server.requests.map { $0.query("client") })
        #expect(clients.count == 1 && clients.first??.count == 32)
    }

    @Test("asks for no more before all was taken, so nothing is acknowledged unseen")
    func unseen() async throws {
        let scripted = try ScriptedSite { _ in .events(2, [event(1), event(2)]) }
        #expect(try await follow(scripted, 2) == ["1", "2"])
        #expect(cursors(scripted) == ["0"])
    }

    @Test("tells an event once that comes again")
    func duplicates() async throws {
        let count = Count()
        let scripted = try ScriptedSite { _ in
            count.next() == 1
                ? .events(2, [event(1), event(2)]) : .events(3, [event(1), event(2), event(3)])
        }
        #expect(try await follow(scripted, 5) == ["1", "2", "up to 2", "3", "up to 3"])
    }

    @Test(
        "goes on after lost answers at the same cursor, and says so once",
        arguments: [
            [.close], [.reset],
            [.head(headers: ["Content-Type": "application/json"]), .text("{\"cur"), .close],
            .json("<html>", status: 502), .json("", status: 503), .json("", status: 504),
            .json("<html>Back soon</html>"), .problem(500, "INTERNAL_ERROR"),
            .problem(429, "RATE_LIMIT_EXCEEDED"),
        ] as [[ScriptedProvider.Step]]
    )
    func lost(trouble: [ScriptedProvider.Step]) async throws {
        let count = Count()
        let scripted = try ScriptedSite { _ in
            switch count.next() {
            case 1: .events(1, [event(1)])
            case 2, 3: trouble
            case 4: .events(2, [event(2)])
            default: [.hang]
            }
        }
        #expect(try await follow(scripted, 6) == ["1", "up to 1", "lost", "back", "2", "up to 2"])
        #expect(cursors(scripted) == ["0", "1", "1", "1"])
        #expect(scripted.pauses == [.milliseconds(250), .milliseconds(500)])
        // Held again, it could not tell for 25 s that the connection is back.
        #expect(scripted.server.requests.map { $0.query("wait") } == [nil, nil, "0", "0"])
    }

    @Test("takes silence for a lost connection")
    func silence() async throws {
        let count = Count()
        let scripted = try ScriptedSite(limits: { $0.pollTimeout = .milliseconds(200) }) { _ in
            count.next() == 1 ? [.hang] : .events(1, [event(1)])
        }
        #expect(try await follow(scripted, 4) == ["lost", "back", "1", "up to 1"])
    }

    @Test("gives up sooner on a site that has never answered")
    func givesUp() async throws {
        for (answered, tries) in [(0, 2), (1, 3)] {
            let count = Count()
            let scripted = try ScriptedSite(limits: {
                $0.triesAtFirst = 2
                $0.triesOnceFollowing = 3
            }) { _ in
                count.next() <= answered ? .events(1) : .json("", status: 502)
            }
            await #expect(throws: SiteError.unreachable(tries: tries, reason: "the site answers 502")) {
                try await follow(scripted, 100)
            }
            #expect(scripted.server.requests.count == answered + tries)
        }
    }

    @Test(
        "fetches the discussion when the cursor is refused, and goes on from there",
        arguments: ["AHEAD", "EXPIRED"]
    )
    func gone(_ kind: String) async throws {
        let scripted = try ScriptedSite { request in
            if request.path == "/discussions/d1" { return .json(snapshot(cursor: 70)) }
            return switch request.query("after") {
            case "70": .events(71, [event(71)])
            default: .problem(410, "CURSOR_\(kind)")
            }
        }
        #expect(try await follow(scripted, 3, after: 99) == ["anew at 70", "71", "up to 71"])
    }

    @Test("does not go on for ever when fresh cursors are refused too")
    func goneForEver() async throws {
        let scripted = try ScriptedSite { request in
            request.path == "/discussions/d1"
                ? .json(snapshot(cursor: 70)) : .problem(410, "CURSOR_AHEAD", "Ahead.")
        }
        await #expect {
            try await follow(scripted, 100)
        } throws: { error in
            guard case SiteError.refused(let refusal) = error else { return false }
            return refusal.status == 410
        }
    }

    @Test("ends with the site's words when it refuses", arguments: [400, 401, 403, 404])
    func refused(status: Int) async throws {
        let scripted = try ScriptedSite { _ in .problem(status, "X", "There is no such discussion here.") }
        await #expect {
            try await follow(scripted, 100)
        } throws: { error in
            guard case SiteError.refused(let refusal) = error else { return false }
            return refusal.status == status && refusal.message == "There is no such discussion here."
        }
        #expect(scripted.server.requests.count == 1)
    }

    @Test("ends after the discussion was deleted, and goes on when it was restored")
    func deleted() async throws {
        let scripted = try ScriptedSite { request in
            switch request.query("after") {
            case "0":
                .events(2, [event(1, "discussion-deleted", "{}"), event(2, "discussion-restored", "{}")])
            case "2": .events(3, [event(3, "discussion-deleted", "{}")])
            default: .problem(404, "DISCUSSION_NOT_FOUND")
            }
        }
        #expect(try await follow(scripted, 100) == ["1", "2", "up to 2", "3", "up to 3"])
    }

    @Test("takes a restored discussion for one that is there")
    func restored() async throws {
        let scripted = try ScriptedSite { request in
            request.query("after") == "0"
                ? .events(2, [event(1, "discussion-deleted", "{}"), event(2, "discussion-restored", "{}")])
                : .problem(404, "DISCUSSION_NOT_FOUND")
        }
        await #expect(throws: SiteError.self) { try await follow(scripted, 100) }
    }

    @Test("comes back when the site says, where it holds no more polls")
    func capped() async throws {
        let count = Count()
        let scripted = try ScriptedSite { request in
            // Held polls are turned away, although there is news; one that is not held gets it.
            count.next() == 1 || request.query("wait") != "0"
                ? .events(4, headers: ["Retry-After": "5"]) : .events(5, [event(5)])
        }
        #expect(try await follow(scripted, 3) == ["up to 4", "5", "up to 5"])
        #expect(scripted.pauses == [.seconds(5)])
    }

    @Test("takes a discussion that is gone when the connection is back for a deleted one")
    func deletedMeanwhile() async throws {
        let count = Count()
        let scripted = try ScriptedSite { _ in
            switch count.next() {
            case 1: .events(1, [event(1)])
            case 2: .problem(503, "X", "Not now.")
            default: .problem(404, "DISCUSSION_NOT_FOUND")
            }
        }
        #expect(try await follow(scripted, 100).starts(with: ["1", "up to 1", "lost"]))
    }

    @Test("does not ask in a busy loop when polls are not held")
    func notHeld() async throws {
        let scripted = try ScriptedSite { _ in .events(4) }
        #expect(try await follow(scripted, 3, after: 4).count == 3)
        #expect(scripted.pauses == [.seconds(1), .seconds(1)])
    }

    @Test("is caught up only when an answer was not full")
    func full() async throws {
        let scripted = try ScriptedSite { request in
            request.query("after") == "0"
                ? .events(1_000, (1...1_000).map { event($0) }) : .events(1_001, [event(1_001)])
        }
        let items = try await follow(scripted, 1_002)
        #expect(items == (1...1_001).map(String.init) + ["up to 1001"])
    }

    @Test("frees its connection when it is cancelled")
    func cancelled() async throws {
        let scripted = try ScriptedSite { _ in [.hang] }
        try await scripted.use {
            let task = Task {
                for try await _ in scripted.site.feed(of: "d1") {}
            }
            try await eventually { scripted.server.requests.count == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            try await eventually { scripted.server.abandoned == 1 }
        }
    }

    @Test("takes in no more than an answer's length")
    func tooLarge() async throws {
        let scripted = try ScriptedSite(limits: { $0.largestAnswer = 1_000 }) { _ in
            .events(
                9,
                (1...9).map {
                    event($0, "user-input", #"{"round":1,"input":"\#(String(repeating: "a", count: 200))"}"#)
                }
            )
        }
        await #expect(throws: SiteError.self) { try await follow(scripted, 1) }
    }
}
