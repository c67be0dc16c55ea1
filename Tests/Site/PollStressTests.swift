import Domain
import Doubles
import Foundation
import Store
import Synchronization
import Testing

@testable import Site

/// Writers against pollers: whoever polls sees every event, in order, once.
@Suite("However writers and pollers meet", .timeLimit(.minutes(20)))
struct PollStressTests {
    /// 6,000 in CI, 100,000 in `make test-long`.
    private static let events =
        ProcessInfo.processInfo.environment["PARLEY_LONG_TESTS"] == nil ? 6_000 : 100_000
    /// Each with a discussion of its own.
    private static let writers = 4

    @Test("no event is missed, doubled or out of order, and no poll sleeps while there is news")
    func storm() async throws {
        var limits = Polls.Limits()
        limits.perPerson = 1_000
        // A poll that missed its ring would come back this late, and the test would not end in time.
        limits.longestHold = 600
        try await withSite(polls: limits) { site in
            let ids = (1...Self.writers).map { DiscussionID(rawValue: "d\($0)") }
            for id in ids { try await site.insert(Samples.discussion(id.rawValue, of: site.person.id)) }
            let progress = Progress()
            // The streams: each discussion twice, and all of them together four times.
            let pollers = (0..<12).map { number in
                let stream = number < 8 ? number % Self.writers : nil
                let path = stream.map { "/discussions/\(ids[$0])/events" } ?? "/events"
                return Task { () -> (Int?, [Int]) in
                    (stream, try await poll(path, at: site) { progress.note($0, number, stream: stream) })
                }
            }
            let written = try await withThrowingTaskGroup(of: (Int, [Int]).self) { group in
                for number in 0..<Self.writers {
                    group.addTask {
                        var written = try await write(number, to: ids[number], at: site, progress)
                        // Tells its pollers that it is over.
                        written.append(
                            try await site.store.write { writer in
                                try writer.append(
                                    .discussionReopened(.init(status: .waiting)),
                                    of: ids[number]
                                )
                            }
                        )
                        return (number, written)
                    }
                }
                return try await group.reduce(into: [Int: [Int]]()) { $0[$1.0] = $1.1 }
            }
            for poller in pollers {
                let (stream, seen) = try await poller.value
                #expect(seen == (stream.map { written[$0] ?? [] } ?? written.values.flatMap(\.self).sorted()))
            }
            #expect(site.site.polls.count == 0 && site.store.bell.count == 0)
        }
    }

    /// Writes its share to its own discussion, in transactions of one to three events, with pauses at random.
    ///
    /// Now and then it waits until all who follow have seen the last one: nobody else's event would wake a poll
    /// that missed its ring.
    private func write(
        _ number: Int,
        to id: DiscussionID,
        at site: TestSite,
        _ progress: Progress
    ) async throws -> [Int] {
        var written: [Int] = []
        while written.count < Self.events / Self.writers {
            let count = min(Self.events / Self.writers - written.count, Int.random(in: 1...3))
            written += try await site.store.write { writer in
                try (0..<count).map { _ in
                    try writer.append(.discussionStopped(.init(status: .waiting)), of: id)
                }
            }
            // The moments are the test's subject.
            switch Int.random(in: 0..<40) {
            case 0: try await Task.sleep(for: .microseconds(Int.random(in: 1...3_000)))
            case 1...4: await Task.yield()
            case 5...20: try await progress.reaches(written.last ?? 0, stream: number)
            default: break
            }
        }
        return written
    }

    /// Follows a stream until its end, with pauses at random between polls.
    private func poll(
        _ path: String,
        at site: TestSite,
        _ note: @Sendable (_ cursor: Int) -> Void
    ) async throws -> [Int] {
        var cursor = 0
        var seen: [Int] = []
        var ends = 0
        while ends < (path == "/events" ? Self.writers : 1) {
            let polled = try await site.poll("\(path)?after=\(cursor)")
            seen += polled.events.map(\.id)
            ends += polled.events.filter { $0.type == "discussion-reopened" }.count
            cursor = polled.cursor
            note(cursor)
            if Int.random(in: 0..<10) == 0 {
                try await Task.sleep(for: .microseconds(Int.random(in: 1...5_000)))
            }
        }
        return seen
    }
}

/// How far each poller has come.
private final class Progress: Sendable {
    struct Missed: Error {}

    private struct Place {
        var stream: Int?
        var cursor = 0
    }

    private let places = Mutex<[Int: Place]>([:])

    func note(_ cursor: Int, _ poller: Int, stream: Int?) {
        places.withLock { $0[poller] = Place(stream: stream, cursor: cursor) }
    }

    /// Waits until all who follow the stream, or everything, have come to the event.
    func reaches(_ event: Int, stream: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while places.withLock({ places in
            places.values.contains { ($0.stream ?? stream) == stream && $0.cursor < event }
        }) {
            guard deadline > .now else { throw Missed() }
            try await Task.sleep(for: .microseconds(200))
        }
    }
}
