/// memcached as the cache of discussions and of rendered rounds.
///
/// A key is made of everything that its value depends on: of a discussion its version, which rises with every
/// change; of a rendered round its content; of both the build. So a stale value cannot be found, whatever delete
/// was lost and whatever server died and came back. Nothing lives here alone: without it pages are as right.
package final class DiscussionCache: Sendable {
    /// How the servers answer.
    package enum Reachability: Sendable, Hashable {
        case up
        case down(reason: String)
    }

    /// A rendered round, by what it was rendered from.
    package struct RoundName: Sendable, Hashable {
        /// Which round of the discussion, and how it is shown.
        package let place: String
        /// A hash of all that goes into it.
        package let content: String

        package init(place: String, content: String) {
            self.place = place
            self.content = content
        }
    }

    private let build: String
    private let limits: CacheLimits
    private let servers: [ServerConnection]
    private let distribution: Distribution
    private let known = KnownKeys()
    private let tally = CacheTally()
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameter build: changes with every build, so that an upgrade finds neither old markup nor old encodings.
    /// - Returns: nil without a server, or when libmemcached has no memory.
    package init?(
        servers: [MemcachedServer],
        build: String,
        limits: CacheLimits = CacheLimits(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        guard !servers.isEmpty, let distribution = Distribution(servers) else { return nil }
        self.build = build
        self.limits = limits
        self.distribution = distribution
        self.now = now
        self.servers = servers.map { [tally] in ServerConnection($0, limits, tally: tally, now: now) }
    }

    /// A part of the discussion's data, as it was at this version.
    package func cachedDiscussion(id: String, version: String, part: String) async -> [UInt8]? {
        let key = key(id, version, part)
        let found = await get([key])[key]
        tally.count { $0.discussions.add(hits: found == nil ? 0 : 1, of: 1) }
        return found
    }

    /// Returns at once: nobody waits for it.
    package func setCachedDiscussion(_ value: [UInt8], id: String, version: String, part: String) {
        set([(key(id, version, part), .part(part), value)], of: id)
    }

    /// Those of the rendered rounds that are there, in one trip to each server that has some.
    package func cachedRounds(_ names: [RoundName], of id: String) async -> [RoundName: [UInt8]] {
        guard !names.isEmpty else { return [:] }
        let keys = names.map { key(id, $0) }
        let found = await get(keys)
        var rounds: [RoundName: [UInt8]] = [:]
        for (name, key) in zip(names, keys) { rounds[name] = found[key] }
        tally.count { $0.rounds.add(hits: rounds.count, of: names.count) }
        return rounds
    }

    /// Returns at once: nobody waits for it.
    package func setCachedRounds(_ rounds: [RoundName: [UInt8]], of id: String) {
        set(rounds.map { (key(id, $0), .round($0.place), $1) }, of: id)
    }

    /// Deletes what is known to be there of the discussion, best effort.
    ///
    /// Returns when the servers were told.
    package func invalidateDiscussion(id: String) async {
        remove(known.forget(id))
        await settled()
    }

    /// When everything that was asked for so far is done.
    package func settled() async {
        for server in servers { await server.settled() }
    }

    /// The keys of the discussion that this process has given values.
    package func keys(of id: String) -> [CacheKey] { known.list(of: id) }

    package var counts: CacheCounts { tally.now }

    /// How many servers there are, and how many of them are asked at the moment.
    package var standing: (all: Int, asked: Int) { (servers.count, servers.count(where: \.isAsked)) }

    /// Asks every server that does not rest after a failure.
    package func reachability() async -> Reachability {
        let faults = await withTaskGroup(of: String?.self) { group in
            for server in servers { group.addTask { await server.fault() } }
            return await group.reduce(into: [String]()) { if let fault = $1 { $0.append(fault) } }
        }
        guard let fault = faults.first else { return .up }
        guard servers.count > 1 else { return .down(reason: fault) }
        return .down(reason: "\(faults.count) of \(servers.count) servers do not answer: \(fault)")
    }

    private func key(_ id: String, _ version: String, _ part: String) -> CacheKey {
        CacheKey(build, "discussion", id, version, part)
    }

    private func key(_ id: String, _ name: RoundName) -> CacheKey {
        CacheKey(build, "round", id, name.place, name.content)
    }

    /// Asks each server for those of the keys that belong to it, all at once.
    private func get(_ keys: [CacheKey]) async -> [CacheKey: [UInt8]] {
        let begin = ContinuousClock.now
        let shares = Dictionary(grouping: keys, by: distribution.server)
        var found: [CacheKey: [UInt8]] = [:]
        if shares.count == 1, let (server, keys) = shares.first {
            found = await get(keys, from: server)
        } else {
            await withTaskGroup(of: [CacheKey: [UInt8]].self) { group in
                for (server, keys) in shares { group.addTask { await self.get(keys, from: server) } }
                for await some in group { found.merge(some) { $1 } }
            }
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        tally.count { $0.seconds += seconds }
        return found
    }

    private func get(_ keys: [CacheKey], from server: Int) async -> [CacheKey: [UInt8]] {
        let outcome = await servers[server].ask { (memcached) throws(Memcached.Failure) in
            try memcached.get(keys)
        }
        switch outcome {
        case .answered(let values):
            tally.count { $0.trips += 1 }
            return values
        case .failed:
            tally.count { $0.trips += 1 }
            return [:]
        case .notAsked:
            tally.count { $0.skipped += keys.count }
            return [:]
        }
    }

    /// Each server is told of all its share at once, so that it takes one place in the queue.
    private func set(_ values: [(key: CacheKey, slot: KnownKeys.Slot, bytes: [UInt8])], of id: String) {
        let fitting = values.filter { $0.bytes.count <= limits.valueBytes }
        tally.count { $0.tooLarge += values.count - fitting.count }
        let old = fitting.compactMap { known.note($0.key, as: $0.slot, of: id) }
        let seconds = limits.lifeSeconds
        for (server, share) in Dictionary(grouping: fitting, by: { distribution.server(of: $0.key) }) {
            servers[server].leave { [tally] (memcached) throws(Memcached.Failure) in
                var taken = 0
                for value in share where try memcached.set(value.key, value.bytes, seconds: seconds) {
                    taken += 1
                }
                tally.count { counts in
                    counts.stored += taken
                    counts.tooLarge += share.count - taken
                }
            }
        }
        remove(old)
    }

    private func remove(_ keys: [CacheKey]) {
        for (server, share) in Dictionary(grouping: keys, by: distribution.server) {
            servers[server].leave { (memcached) throws(Memcached.Failure) in
                for key in share { try memcached.remove(key) }
            }
        }
    }
}

extension CacheCounts.Answers {
    fileprivate mutating func add(hits: Int, of asked: Int) {
        self.hits += hits
        misses += asked - hits
    }
}
