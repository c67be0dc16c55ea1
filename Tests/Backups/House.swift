import Backups
import Domain
import Doubles
import Foundation
import Logging
import Store
import Synchronization
import Testing

@testable import Support

/// A database, a data directory and a place for backups, with a clock that stands still.
struct House {
    let directory: String
    let clock = TestClock()
    let store: Store
    let owner: Person
    let backups: Backups
    let retentionDays: Int

    var database: String { directory + "/parley.sqlite" }
    var place: BackupPlace { BackupPlace(directory + "/backups") }
    var tombstones: Tombstones { Tombstones(dataDirectory: directory, place: place) }

    init(_ directory: String, retentionDays: Int = 30, enabled: Bool = true) async throws {
        self.directory = directory
        self.retentionDays = retentionDays
        let clock = clock
        store = try Store(path: directory + "/parley.sqlite", now: { clock.now })
        owner = try await store.write { writer in try writer.findOrInsertLocalPerson() }
        backups = Backups(
            store: store,
            databasePath: directory + "/parley.sqlite",
            dataDirectory: directory,
            settings: try Self.settings(directory, retentionDays, enabled),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { clock.now }
        )
    }

    static func settings(_ directory: String, _ days: Int, _ enabled: Bool) throws -> BackupSettings {
        try BackupSettings(
            from: SettingsReader(environment: [
                "BACKUP_RETENTION_DAYS": "\(days)", "BACKUPS_DIR": directory + "/backups",
                "BACKUP_ENABLED": "\(enabled)",
            ]),
            dataDirectory: directory
        )
    }

    /// Puts a discussion in, with everything that can be kept.
    func insert(_ id: String, status: DiscussionStatus = .waiting) async throws {
        let owner = owner
        _ = try await store.write { writer in
            var record = FullDiscussion.record(id, of: owner)
            record.discussion.status = status
            record.discussion.activity = nil
            try writer.insert(record)
        }
    }

    /// Changes it, as every action does.
    func touch(_ id: String) async throws {
        _ = try await store.write { writer in
            try writer.append(
                .discussionReopened(.init(status: .waiting)),
                of: DiscussionID(rawValue: id)
            )
        }
    }

    func record(_ id: String) async throws -> DiscussionRecord? {
        try await store.read { try $0.findRecord(DiscussionID(rawValue: id), of: nil) }
    }

    /// The discussion's folders, the oldest first.
    func folders(_ id: String) -> [String] {
        names(place.discussion(DiscussionID(rawValue: id), of: owner.id))
    }

    var snapshots: [String] { names(place.snapshots) }

    private func names(_ directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.sorted().map { "\(directory)/\($0)" }
    }

    /// The snapshot restored to a place of its own, and the site's store there.
    func restore(_ snapshot: String, to directory: String) async throws -> Store {
        _ = try await RestoreSnapshot(
            folder: snapshot,
            databasePath: directory + "/parley.sqlite",
            dataDirectory: directory,
            tombstones: Tombstones(dataDirectory: directory, place: BackupPlace(directory + "/backups"))
        ).run(rehearse: false)
        return try Store(path: directory + "/parley.sqlite")
    }
}

/// Hands `body` a house in a directory of its own.
func withHouse<Result>(
    retentionDays: Int = 30,
    enabled: Bool = true,
    _ body: (House) async throws -> Result
) async throws -> Result {
    try await withDatabasePath { path in
        let directory = (path as NSString).deletingLastPathComponent
        let house = try await House(directory, retentionDays: retentionDays, enabled: enabled)
        defer { try? house.store.close() }
        return try await body(house)
    }
}

/// Hands `body` an empty directory.
func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    try await withDatabasePath { path in try await body((path as NSString).deletingLastPathComponent) }
}

/// A clock that goes on only when somebody waits for it, and then at once.
///
/// `until` is where it ends: who wants to sleep beyond is cancelled.
final class TestClock: WallClock {
    private struct State {
        var now = Date(timeIntervalSince1970: 1_796_000_000)
        var end = Date.distantPast
        var onNap: (@Sendable (Date) async throws -> Void)?
    }

    private let state = Mutex(State())

    var now: Date { state.withLock { $0.now } }

    func advance(_ seconds: TimeInterval) { state.withLock { $0.now += seconds } }

    /// From now on: `onNap` is told of each instant that is slept to, before it comes.
    func run(for seconds: TimeInterval, _ onNap: (@Sendable (Date) async throws -> Void)? = nil) {
        state.withLock { state in
            state.end = state.now + seconds
            state.onNap = onNap
        }
    }

    func sleep(until instant: Date) async throws {
        let (end, onNap) = state.withLock { ($0.end, $0.onNap) }
        guard instant <= end else {
            state.withLock { $0.now = max($0.now, end) }
            throw CancellationError()
        }
        try await onNap?(instant)
        state.withLock { $0.now = max($0.now, instant) }
    }
}
