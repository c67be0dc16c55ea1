import Domain
import Doubles
import Foundation
import Store
import Testing

@testable import Site

/// Writers against pollers: whoever polls sees every event, in order, once.
@Suite("However writers and pollers meet", .timeLimit(.minutes(20)))
struct PollStressTests {
    /// 6,000 in CI, 100,000 in `make test-long`.
    private static let events =
        ProcessInfo.processInfo.environment["PARLEY_LONG_TESTS"] == nil ? 6_000 : 100_000
    private static let discussions = 4
    private static let writers = 4

    @Test("no event is missed, doubled or out of order, and no poll sleeps while there is news")
    func storm() async throws {
        var limits = Polls.Limits()
        limits.perPerson = 1_000
        // A poll that missed its ring would come back this late, and the test would not end in time.
        limits.longestHold = 600
        try await withSite(polls: limits) { site in
            let ids = (1...Self.discussions).map { DiscussionID(rawValue: "d\($0)") }
            for id in ids { try await site.insert(Samples.discussion(id.rawValue, of: site.person.id)) }
            let told = try await withThrowingTaskGroup(of: [Int: [Int]].self) { group in
                for writer in 0..<Self.writers {
                    group.addTask { try await write(writer, to: ids, at: site) }
                }
                var written: [Int: [Int]] = [:]
                // The streams: each discussion twice, and all of them together four times.
                let seen = try await withThrowingTaskGroup(of: (Int, [Int]).self) { pollers in
                    for number in 0..<12 {
                        let discussion = number < 8 ? number % Self.discussions : nil
                        let path = discussion.map { "/discussions/\(ids[$0])/events" } ?? "/events"
                        pollers.addTask { (discussion ?? -1, try await poll(path, at: site)) }
                    }
                    for try await one in group { written.merge(one) { ($0 + $1).sorted() } }
                    // The last event of each discussion tells its pollers that it is over.
                    for id in ids {
                        let last = try await site.store.write { writer in
                            try writer.append(.discussionReopened(.init(status: .waiting)), of: id)
                        }
                        written[ids.firstIndex(of: id) ?? 0, default: []].append(last)
                    }
                    return try await pollers.reduce(into: []) { $0.append($1) }
                }
                for (discussion, ids) in seen {
                    let expected =
                        discussion < 0 ? written.values.flatMap(\.self).sorted() : written[discussion]
                    #expect(ids == expected)
                }
                return seen.count
            }
            #expect(told == 12)
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    /// Writes its share in transactions of one to three events, with pauses at random.
    private func write(_ number: Int, to ids: [DiscussionID], at site: TestSite) async throws -> [Int: [Int]]
    {
        var written: [Int: [Int]] = [:]
        var left = Self.events / Self.writers
        while left > 0 {
            let count = min(left, Int.random(in: 1...3))
            let place = Int.random(in: 0..<ids.count)
            written[place, default: []] += try await site.store.write { writer in
                try (0..<count).map { _ in
                    try writer.append(.discussionStopped(.init(status: .waiting)), of: ids[place])
                }
            }
            left -= count
            // The moments are the test's subject.
            switch Int.random(in: 0..<40) {
            case 0: try await Task.sleep(for: .microseconds(Int.random(in: 1...3_000)))
            case 1...4: await Task.yield()
            default: break
            }
        }
        return written
    }

    /// Follows a stream until its end, with pauses at random between polls.
    private func poll(_ path: String, at site: TestSite) async throws -> [Int] {
        var cursor = 0
        var seen: [Int] = []
        var ends = 0
        while ends < (path == "/events" ? Self.discussions : 1) {
            let polled = try await site.poll("\(path)?after=\(cursor)")
            seen += polled.events.map(\.id)
            ends += polled.events.filter { $0.type == "discussion-reopened" }.count
            cursor = polled.cursor
            if Int.random(in: 0..<10) == 0 {
                try await Task.sleep(for: .microseconds(Int.random(in: 1...5_000)))
            }
        }
        return seen
    }
}
