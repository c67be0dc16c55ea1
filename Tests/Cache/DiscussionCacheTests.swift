import Synchronization
import TestSupport
import Testing

@testable import Cache

@Suite("The cache", .timeLimit(.minutes(2)))
struct DiscussionCacheTests {
    private static func cache(
        _ memcached: MemcachedProcess...,
        build: String = "1",
        clock: HandClock = HandClock()
    ) throws -> DiscussionCache {
        var limits = CacheLimits()
        // On a busy machine a memcached that is well may take a while.
        limits.answerMilliseconds = 1_500
        let cache = DiscussionCache(
            servers: memcached.map { .socket(path: $0.socket) },
            build: build,
            limits: limits,
            now: { clock.now }
        )
        return try #require(cache)
    }

    @Test("gives back what it was given, for this version, part and build alone")
    func versions() async throws {
        try await withMemcached { memcached in
            let cache = try Self.cache(memcached)
            cache.setCachedDiscussion([1, 2, 0, 3], id: "d", version: "7", part: "page")
            await cache.settled()
            #expect(await cache.cachedDiscussion(id: "d", version: "7", part: "page") == [1, 2, 0, 3])
            #expect(await cache.cachedDiscussion(id: "d", version: "8", part: "page") == nil)
            #expect(await cache.cachedDiscussion(id: "d", version: "7", part: "json") == nil)
            #expect(await cache.cachedDiscussion(id: "e", version: "7", part: "page") == nil)
            let next = try Self.cache(memcached, build: "2")
            #expect(await next.cachedDiscussion(id: "d", version: "7", part: "page") == nil)
            let other = try Self.cache(memcached)
            #expect(await other.cachedDiscussion(id: "d", version: "7", part: "page") == [1, 2, 0, 3])
            #expect(cache.counts.discussions == .init(hits: 1, misses: 3))
        }
    }

    @Test("brings twenty rounds in one trip, and those that are there if some are not")
    func rounds() async throws {
        try await withMemcached { memcached in
            let cache = try Self.cache(memcached)
            let names = (1...20).map { DiscussionCache.RoundName(place: "\($0)", content: "c\($0)") }
            let values = Dictionary(uniqueKeysWithValues: names.map { ($0, Array("\($0)".utf8)) })
            cache.setCachedRounds(values, of: "d")
            await cache.settled()
            #expect(await cache.cachedRounds(names, of: "d") == values)
            #expect(cache.counts.trips == 1)
            let changed = DiscussionCache.RoundName(place: "3", content: "other")
            #expect(await cache.cachedRounds([names[1], changed], of: "d") == [names[1]: values[names[1]]])
            #expect(cache.counts.rounds == .init(hits: 21, misses: 1))
        }
    }

    @Test("deletes what a newer version has replaced, and all of a discussion that is invalidated")
    func deletes() async throws {
        try await withMemcached { memcached in
            let cache = try Self.cache(memcached)
            cache.setCachedDiscussion([1], id: "d", version: "1", part: "page")
            cache.setCachedDiscussion([2], id: "d", version: "2", part: "page")
            cache.setCachedRounds([.init(place: "1", content: "a"): [3]], of: "d")
            cache.setCachedRounds([.init(place: "1", content: "b"): [4]], of: "d")
            cache.setCachedDiscussion([5], id: "e", version: "1", part: "page")
            await cache.settled()
            #expect(try await memcached.keys().count == 3)
            let keys = Set(cache.keys(of: "d").map(\.text))
            #expect(try await memcached.keys().isSuperset(of: keys))
            await cache.invalidateDiscussion(id: "d")
            #expect(try await memcached.keys() == Set(cache.keys(of: "e").map(\.text)))
        }
    }

    @Test("takes and brings a thousand rounds at once")
    func thousand() async throws {
        try await withMemcached { memcached in
            let cache = try Self.cache(memcached)
            let names = (1...1_000).map { DiscussionCache.RoundName(place: "\($0)", content: "c\($0)") }
            let html = [UInt8](repeating: 60, count: 5_000)
            cache.setCachedRounds(Dictionary(uniqueKeysWithValues: names.map { ($0, html) }), of: "d")
            await cache.settled()
            #expect(await cache.cachedRounds(names, of: "d").count == 1_000)
            #expect(cache.counts.stored == 1_000)
            #expect(cache.counts.trips == 1)
        }
    }

    @Test("keeps the largest value that memcached takes, and counts a larger one")
    func limit() async throws {
        try await withMemcached { memcached in
            let cache = try Self.cache(memcached)
            let most = CacheLimits().valueBytes
            let value = [UInt8](repeating: 7, count: most)
            cache.setCachedDiscussion(value, id: "d", version: "1", part: "page")
            cache.setCachedDiscussion(value + [7], id: "e", version: "1", part: "page")
            await cache.settled()
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == value)
            #expect(await cache.cachedDiscussion(id: "e", version: "1", part: "page") == nil)
            #expect(cache.counts.tooLarge == 1)
            #expect(cache.counts.errors == 0)
        }
    }

    @Test("goes on with a server that takes only smaller values")
    func smaller() async throws {
        try await withMemcached(["-I", "64k", "-o", "slab_chunk_max=32768"]) { memcached in
            let cache = try Self.cache(memcached)
            let value = [UInt8](repeating: 7, count: 100_000)
            cache.setCachedDiscussion(value, id: "d", version: "1", part: "page")
            cache.setCachedDiscussion([1], id: "e", version: "1", part: "page")
            await cache.settled()
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == nil)
            #expect(await cache.cachedDiscussion(id: "e", version: "1", part: "page") == [1])
            #expect(cache.counts.tooLarge == 1)
            #expect(cache.counts.errors == 0)
        }
    }

    @Test("asks a server that hangs once in each rest, whoever waits")
    func hung() async throws {
        try await withMemcached { memcached in
            let clock = HandClock()
            let cache = try Self.cache(memcached, clock: clock)
            cache.setCachedDiscussion([1], id: "d", version: "1", part: "page")
            await cache.settled()
            try await memcached.freeze()
            func ask(isHung: Bool = true) async {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<50 {
                        group.addTask {
                            let value = await cache.cachedDiscussion(id: "d", version: "1", part: "page")
                            #expect(!isHung || value == nil)
                        }
                    }
                }
                await cache.settled()
            }
            await ask()
            await ask()
            #expect(cache.counts.timeouts == 1)
            #expect(await cache.reachability() != .up)
            for period in 2...4 {
                clock.advance(CacheLimits().rest)
                await ask()
                #expect(cache.counts.timeouts == period)
            }
            await memcached.thaw()
            clock.advance(CacheLimits().rest)
            await ask(isHung: false)
            #expect(await cache.reachability() == .up)
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == [1])
            #expect(cache.counts.timeouts == 4)
        }
    }

    @Test("goes on with a server that came back, and finds nothing in it")
    func killed() async throws {
        try await withMemcached { memcached in
            let clock = HandClock()
            let cache = try Self.cache(memcached, clock: clock)
            cache.setCachedDiscussion([1], id: "d", version: "1", part: "page")
            await cache.settled()
            await memcached.kill()
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == nil)
            guard case .down = await cache.reachability() else {
                Issue.record("it is said to be up")
                return
            }
            try await memcached.start()
            clock.advance(CacheLimits().rest)
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == nil)
            await cache.settled()
            #expect(await cache.reachability() == .up)
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == nil)
            cache.setCachedDiscussion([1], id: "d", version: "1", part: "page")
            await cache.settled()
            #expect(await cache.cachedDiscussion(id: "d", version: "1", part: "page") == [1])
        }
    }

    @Test("spreads keys over several servers, and one that hangs keeps nobody from the others")
    func several() async throws {
        try await withMemcached { one in
            try await withMemcached { two in
                try await withMemcached { three in
                    let cache = try Self.cache(one, two, three)
                    for number in 0..<300 {
                        cache.setCachedDiscussion([1], id: "\(number)", version: "1", part: "page")
                        if number % 50 == 49 { await cache.settled() }
                    }
                    await cache.settled()
                    let counts = try await [one.keys().count, two.keys().count, three.keys().count]
                    #expect(counts.reduce(0, +) == 300)
                    #expect(counts.allSatisfy { $0 > 40 }, "\(counts)")
                    try await two.freeze()
                    var found = 0
                    for number in 0..<300 {
                        let value = await cache.cachedDiscussion(id: "\(number)", version: "1", part: "page")
                        found += value == nil ? 0 : 1
                    }
                    #expect(found == counts[0] + counts[2])
                    #expect(cache.counts.timeouts == 1)
                    #expect(cache.standing == (3, 2))
                }
            }
        }
    }

    @Test("holds as many questions as it may while a server hangs, and lets the others go")
    func bounded() async throws {
        try await withMemcached { memcached in
            let cache = try Self.cache(memcached)
            #expect(await cache.reachability() == .up)
            try await memcached.freeze()
            let asked = 3 * CacheLimits().waiting
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<asked {
                    group.addTask {
                        _ = await cache.cachedDiscussion(id: "d", version: "1", part: "page")
                    }
                }
            }
            #expect(cache.counts.timeouts == 1)
            #expect(cache.counts.skipped == asked - 1)
            await memcached.thaw()
        }
    }
}

/// A clock that is moved by hand.
final class HandClock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}
