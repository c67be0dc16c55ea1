import Cache
import Domain
import Hummingbird
import Logging
import Store

/// Something that was read of a discussion, and how the discussion stood.
struct Reading<Value: Sendable>: Sendable {
    let value: Value
    let standing: DiscussionStanding
}

/// What is being made: of one version, for one person, whose right it is to read it.
struct FlightKey: Hashable, Sendable {
    let person: PersonID
    let discussion: DiscussionID
    let version: String
    let part: String
}

typealias Flights<Value: Sendable> = SingleFlight<FlightKey, Reading<Value>>

/// Where what a request shows came from; for the debug log.
enum CacheUse: String {
    case hit
    case miss
    /// Somebody else was just making it.
    case shared
    /// There is no cache.
    case off
}

extension Site {
    /// What a part is called in the cache: its links tell where the site lies.
    static func cached(_ part: String) -> String { Links.base.isEmpty ? part : "\(part) under \(Links.base)" }

    /// A part of the person's discussion, as the cache has it or made anew.
    ///
    /// One small read checks who asks and tells the version; a value of just that version is shown, or made in
    /// one read transaction of its own, by one request for all that wait for it.
    ///
    /// - Parameters:
    ///   - keep: what the cached bytes hold; nil if something of it is missing.
    ///   - make: reads the store, and gives the cache what it has made.
    /// - Throws: ``Problem/discussionNotFound``; also for one that is someone else's.
    func read<Value: Sendable>(
        _ part: String,
        of id: DiscussionID,
        _ context: SiteContext,
        through flights: Flights<Value>,
        keep: @Sendable ([UInt8]) async throws -> Value?,
        make: @escaping @Sendable (PersonID) async throws -> Reading<Value>
    ) async throws -> Reading<Value> {
        let person = try context.person.id
        func log(_ use: CacheUse) {
            context.logger.debug(
                "read a discussion",
                metadata: ["cache": "\(use.rawValue)", "part": "\(part)"]
            )
        }
        guard let cache else {
            log(.off)
            return try await make(person)
        }
        guard let standing = try await store.findStanding(id, of: person) else {
            throw Problem.discussionNotFound
        }
        if let bytes = await cache.cachedDiscussion(
            id: id.rawValue,
            version: standing.version,
            part: Self.cached(part)
        ),
            let value = try await keep(bytes)
        {
            log(.hit)
            return Reading(value: value, standing: standing)
        }
        let key = FlightKey(
            person: person,
            discussion: id,
            version: standing.version,
            part: Self.cached(part)
        )
        let (reading, isShared) = try await flights.value(of: key) { try await make(person) }
        log(isShared ? .shared : .miss)
        // Of the same version, so that only the cursor can be newer here: whoever follows from it misses nothing.
        guard reading.standing.version != standing.version else {
            return Reading(value: reading.value, standing: standing)
        }
        return reading
    }
}
