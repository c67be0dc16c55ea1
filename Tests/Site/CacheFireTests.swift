import Cache
import Domain
import Doubles
import Foundation
import Store
import Synchronization
import TestSupport
import Testing

@testable import Site

/// Writers and readers of few discussions, while memcached is killed, frozen and flushed under them.
@Suite("The cache under fire", .timeLimit(.minutes(30)))
struct CacheFireTests {
    private static let operations =
        ProcessInfo.processInfo.environment["PARLEY_LONG_TESTS"] == "1" ? 100_000 : 2_000
    private static let discussions = 10
    private static let readers = 8
    private static let writers = 8

    /// Of each discussion the last number that was written, and the last whose write had finished.
    private final class Written: Sendable {
        private let next = Mutex([Int](repeating: 0, count: CacheFireTests.discussions))
        private let committed = Mutex([Int](repeating: 0, count: CacheFireTests.discussions))
        private let left = Mutex(CacheFireTests.operations)

        /// Inside the transaction: there is one writer, so numbers rise in the order of commits.
        func take(_ discussion: Int) -> Int {
            next.withLock { next in
                next[discussion] += 1
                return next[discussion]
            }
        }

        func finished(_ discussion: Int, _ number: Int) {
            committed.withLock { $0[discussion] = max($0[discussion], number) }
        }

        func last(_ discussion: Int) -> Int { committed.withLock { $0[discussion] } }

        var isMore: Bool {
            left.withLock { left in
                left -= 1
                return left >= 0
            }
        }

        var isOver: Bool { left.withLock { $0 <= 0 } }
    }

    @Test("shows nobody what is older than the last commit that was finished before they asked")
    func fire() async throws {
        // Asked again soon, so that it is up as often as it is down.
        var limits = CacheLimits()
        limits.answerMilliseconds = 20
        limits.rest = .milliseconds(20)
        try await withCachedSite(limits: limits) { cached in
            let written = Written()
            for discussion in 0..<Self.discussions {
                try await cached.site.insert(
                    Samples.discussion("d\(discussion)", of: cached.site.person.id),
                    rounds: [Round(number: 1, complete: true, messages: [Self.message(discussion, 0)])]
                )
            }
            // On a busy machine memcached seems down most of the time: what never came from it proves nothing.
            let isTold = { @Sendable in cached.cache.counts.discussions.hits > Self.operations / 100 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !written.isOver || !isTold() { try await Self.disturb(cached.memcached) }
                }
                for _ in 0..<Self.writers {
                    group.addTask {
                        while written.isMore || !isTold() { try await Self.write(cached.store, written) }
                    }
                }
                for _ in 0..<Self.readers {
                    group.addTask {
                        while written.isMore || !isTold() { try await Self.read(cached.site, written) }
                    }
                }
                try await group.waitForAll()
            }
            let counts = cached.cache.counts
            #expect(counts.errors > 0, "\(counts)")
        }
    }

    private static func message(_ discussion: Int, _ number: Int) -> Message {
        let sample = Samples.message(seat: 1, "The number is \(number).")
        return Message(
            id: MessageID(rawValue: "m\(discussion)"),
            seat: 1,
            persona: sample.persona,
            turn: 1,
            content: sample.content,
            provider: sample.provider,
            model: sample.model,
            fallback: false,
            promptVersion: "1",
            finished: true
        )
    }

    private static func write(_ store: Store, _ written: Written) async throws {
        let discussion = Int.random(in: 0..<discussions)
        let tells = Bool.random()
        let number = try await store.write { writer in
            let number = written.take(discussion)
            try writer.update(message(discussion, number))
            // What no event tells of is a change too.
            if tells {
                try writer.append(
                    .userInput(.init(round: 1, input: "x", status: .waiting)),
                    of: DiscussionID(rawValue: "d\(discussion)")
                )
            }
            return number
        }
        written.finished(discussion, number)
    }

    private static func read(_ site: TestSite, _ written: Written) async throws {
        let discussion = Int.random(in: 0..<discussions)
        let (path, isJSON) =
            [("", false), ("", true), ("?rounds=all", false), ("/rounds/1", false), ("/export.md", false)]
            .randomElement() ?? ("", false)
        // Twice, so that the second may come from the cache.
        for _ in 0..<2 {
            let last = written.last(discussion)
            let answer = try await site.get("/discussions/d\(discussion)\(path)", json: isJSON)
            // The last place is what was said; before it an outline may stand.
            let shown = answer.text.matches(of: /The number is ([0-9]+)\./).compactMap { Int($0.1) }
            #expect(shown.min() ?? -1 >= last, "d\(discussion)\(path): \(shown) is older than \(last)")
        }
    }

    private static func disturb(_ memcached: MemcachedProcess) async throws {
        // Undisturbed for a moment, so that something is cached.
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...120)))
        switch Int.random(in: 0..<3) {
        case 0: await memcached.flush()
        case 1:
            await memcached.kill()
            try await memcached.start()
        default:
            try await memcached.freeze()
            try await Task.sleep(for: .milliseconds(Int.random(in: 10...80)))
            await memcached.thaw()
        }
    }
}
