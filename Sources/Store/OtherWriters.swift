import Domain
import GRDB
import Synchronization

extension Store {
    /// How often is looked whether another process has written.
    private static let interval = Duration.milliseconds(200)
    /// Events of others read at once.
    private static let batch = 10_000

    /// Rings the bell for what other processes write (the command line, an old responder during an upgrade),
    /// until the task is cancelled.
    ///
    /// SQLite tells that the file was changed (`PRAGMA data_version`), not what was: what this process wrote
    /// itself is known and left out.
    package func watchOtherWriters() async throws {
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        configuration.label = "parley-watch"
        let connection = try DatabaseQueue(path: pool.path, configuration: configuration)
        var version = -1
        ownEvents.begin(after: openedAt)
        while !Task.isCancelled {
            let before = version
            let from = ownEvents.watched
            let (now, events): (Int, [Told]) = try await connection.read { db in
                let now = try Int.fetchOne(db, sql: "PRAGMA data_version") ?? 0
                guard now != before else { return (now, []) }
                return (now, try Self.listTold(db, after: from))
            }
            // A full batch has a rest behind it: the next look must not be skipped.
            version = events.count < Self.batch ? now : -1
            let own = ownEvents.take(upTo: events.last?.id ?? from)
            var topics: Set<EventBell.Topic> = []
            for event in events where !own.contains(where: { $0.contains(event.id) }) {
                topics.insert(.discussion(event.discussion))
                topics.insert(.person(event.owner))
            }
            bell.ring(topics)
            try? await Task.sleep(for: Self.interval)
        }
        try connection.close()
    }

    private struct Told {
        let id: Int
        let discussion: DiscussionID
        let owner: PersonID
    }

    private static func listTold(_ db: Database, after event: Int) throws -> [Told] {
        try Row.fetchAll(
            db,
            sql: "SELECT id, discussion, owner FROM events WHERE id > ? ORDER BY id LIMIT ?",
            arguments: [event, batch]
        ).map { row in
            Told(
                id: row["id"],
                discussion: DiscussionID(rawValue: row["discussion"]),
                owner: PersonID(rawValue: row["owner"])
            )
        }
    }
}

/// Which events this process wrote itself, as far as the watch has not come to them.
final class OwnEvents: Sendable {
    private struct State {
        var watched = 0
        var isWatching = false
        var ranges: [ClosedRange<Int>] = []
    }

    private let state = Mutex(State())

    /// The watch begins after the event `newest`.
    func begin(after newest: Int) {
        state.withLock { state in
            // Begun anew after a failure, it goes on where it was.
            state.watched = max(state.watched, newest)
            state.isWatching = true
            state.ranges.removeAll { $0.upperBound <= state.watched }
        }
    }

    func add(_ events: ClosedRange<Int>?) {
        guard let events else { return }
        state.withLock { state in
            if state.isWatching { state.ranges.append(events) }
        }
    }

    /// Up to which event the watch has looked.
    var watched: Int { state.withLock { $0.watched } }

    /// The watch has looked up to `last`: forgets the events up to it, and says which were this process's.
    func take(upTo last: Int) -> [ClosedRange<Int>] {
        state.withLock { state in
            state.watched = last
            let taken = state.ranges.filter { $0.upperBound <= last }
            state.ranges.removeAll { $0.upperBound <= last }
            return taken
        }
    }
}
