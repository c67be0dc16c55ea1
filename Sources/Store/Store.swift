import Domain
package import Foundation
import GRDB
import Synchronization

/// The database: one writer, many readers, everything acknowledged on disk before it is told.
///
/// All SQL of the project is in this module. Reads go through ``StoreReader``, changes through
/// ``StoreWriter``; both speak in the words of the domain.
package final class Store: Sendable {
    /// Rings after each commit that appended events.
    package let bell = EventBell()

    /// How far each named consumer has read.
    package let consumers: ConsumerCursors

    let pool: DatabasePool
    /// Reads ``DiscussionStanding`` alone.
    let standings: DatabaseQueue
    /// What this process wrote and ``watchOtherWriters()`` has not yet seen.
    let ownEvents = OwnEvents()
    /// The newest event when the store was opened.
    let openedAt: Int
    private let now: @Sendable () -> Date
    /// Told what was committed.
    private let onCommit: @Sendable ([Committed]) -> Void
    private let refusals = Atomic<Int>(0)

    /// Writes that were given up because another process held the writer for too long, since the start.
    package var busy: Int { refusals.load(ordering: .relaxed) }

    /// Opens the database at `path`, creating and migrating it as needed.
    ///
    /// - Parameter trace: is told every statement, for tests that count them.
    /// - Throws: a database error with its own words, if the file cannot be opened or migrated.
    package init(
        path: String,
        now: @escaping @Sendable () -> Date = { Date() },
        trace: (@Sendable (String) -> Void)? = nil,
        onCommit: @escaping @Sendable ([Committed]) -> Void = { _ in }
    ) throws {
        var configuration = GRDB.Configuration()
        configuration.label = "parley"
        // Readers never wait in WAL mode; a writer of another process (the command line, an old
        // responder during an upgrade) is waited for this long.
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        if let trace {
            configuration.prepareDatabase { db in db.trace { event in trace(event.description) } }
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        // FULL: an acknowledgement has left only after its commit was synced. Set on the open pool, since
        // GRDB sets NORMAL on the writer when it switches to WAL, after any preparation of ours.
        try pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA synchronous = FULL") }
        self.now = now
        self.onCommit = onCommit
        try Migrations.all.migrate(pool)
        configuration.readonly = true
        standings = try DatabaseQueue(path: path, configuration: configuration)
        openedAt = try pool.read { db in try StoreReader(db: db).newestEvent() }
        consumers = ConsumerCursors()
    }

    /// Reads one consistent snapshot.
    package func read<Value: Sendable>(
        _ work: @escaping @Sendable (StoreReader) throws -> Value
    ) async throws -> Value {
        try await pool.read { db in try work(StoreReader(db: db)) }
    }

    /// Makes changes in one transaction, then rings the bell for the discussions and the people whom they
    /// concern.
    package func write<Value: Sendable>(
        _ work: @escaping @Sendable (StoreWriter) throws -> Value
    ) async throws -> Value {
        let at = now()
        let (value, touched, events, isCut, committed):
            (Value, Set<EventBell.Topic>, ClosedRange<Int>?, Bool, [Committed])
        do {
            (value, touched, events, isCut, committed) = try await pool.write { db in
                let writer = StoreWriter(db: db, now: at)
                let value = try work(writer)
                return (value, writer.touched, writer.events, writer.isLogCut, writer.committed)
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            refusals.add(1, ordering: .relaxed)
            throw error
        }
        ownEvents.add(events)
        bell.ring(touched, always: isCut)
        if !committed.isEmpty { onCommit(committed) }
        return value
    }

    /// Closes every connection; the last one folds the log back into the database file.
    package func close() throws {
        try standings.close()
        try pool.close()
    }
}

/// Reads of the domain's things, inside one snapshot.
package struct StoreReader {
    let db: Database
}

/// Changes to the domain's things, inside one transaction.
package final class StoreWriter {
    let db: Database
    /// The instant of the transaction; everything that it writes carries it.
    package let now: Date
    /// Whom the events that this transaction appended concern.
    private(set) var touched: Set<EventBell.Topic> = []
    /// What this transaction will have changed.
    var committed: [Committed] = []
    /// This transaction removed events.
    var isLogCut = false
    /// The events that this transaction appended; there is one writer, so they are consecutive.
    private(set) var events: ClosedRange<Int>?

    init(db: Database, now: Date) {
        self.db = db
        self.now = now
    }

    /// Notes an event of this transaction.
    func tells(of event: Int, discussion: DiscussionID, owner: PersonID?) {
        events = (events?.lowerBound ?? event)...event
        touched.insert(.discussion(discussion))
        if let owner { touched.insert(.person(owner)) }
    }

    /// Reads that see what this transaction has changed so far.
    package var reader: StoreReader { StoreReader(db: db) }
}

/// Times are kept as whole milliseconds since 1970.
extension Date {
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }

    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1_000)
    }
}
