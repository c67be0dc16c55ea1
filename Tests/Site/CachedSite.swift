import Cache
import Domain
import Doubles
import Engine
import Foundation
import Logging
import Store
import TestSupport
import Testing

@testable import Site

/// A site with a memcached of its own, and one without any on the same store.
struct CachedSite {
    let memcached: MemcachedProcess
    let cache: DiscussionCache
    let site: TestSite
    let plain: TestSite
    /// What the store was asked.
    let statements: Statements

    var store: Store { site.store }

    /// The answer of the site with the cache, which must be that of the one without.
    @discardableResult
    func get(_ path: String, json: Bool = false) async throws -> Answer {
        let answer = try await site.get(path, json: json)
        let expected = try await plain.get(path, json: json)
        #expect(answer.status == expected.status, "\(path)")
        #expect(Self.fixed(answer.text) == Self.fixed(expected.text), "\(path)")
        return answer
    }

    /// Without the ids that forms get anew each time.
    static func fixed(_ text: String) -> String {
        text.replacing(/command-[0-9]+/, with: "command")
    }

    /// Its answer, and how many statements it took.
    func count(_ path: String, json: Bool = false) async throws -> (
        answer: Answer, statements: Int, trips: Int
    ) {
        statements.clear()
        let trips = cache.counts.trips
        let answer = try await site.get(path, json: json)
        let count = statements.list.count
        await cache.settled()
        return (answer, count, cache.counts.trips - trips)
    }
}

extension CacheLimits {
    /// On a busy machine a memcached that is well may take a while.
    static var patient: CacheLimits {
        var limits = CacheLimits()
        limits.answerMilliseconds = 1_500
        return limits
    }
}

func withCachedSite<Result>(
    _ voices: [ScriptedVoice] = [ScriptedVoice(.local, .say("Well."))],
    limits: CacheLimits = .patient,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    _ body: (CachedSite) async throws -> Result
) async throws -> Result {
    try await withMemcached { memcached in
        try await withDatabasePath { path in
            let clock = Instants()
            let statements = Statements()
            let store = try Store(path: path, now: { clock.now }, trace: { statements.add($0) })
            let cache = DiscussionCache(
                servers: [.socket(path: memcached.socket)],
                build: "test",
                limits: limits,
                now: now
            )
            let cached = try #require(cache)
            let site = try await TestSite(
                store: store,
                clock: clock,
                voices: voices,
                cache: cached,
                logger: logger
            )
            let plain = try await TestSite(store: store, clock: clock, voices: [])
            let result: Result
            do {
                result = try await body(
                    CachedSite(
                        memcached: memcached,
                        cache: cached,
                        site: site,
                        plain: plain,
                        statements: statements
                    )
                )
            } catch {
                await site.engine.close(grace: .zero)
                try? store.close()
                throw error
            }
            await site.engine.close(grace: .zero)
            try store.close()
            return result
        }
    }
}
