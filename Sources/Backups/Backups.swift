package import Domain
package import Foundation
package import Logging
package import Store
package import Support
import Synchronization

/// Makes backups: of each discussion that was touched, and of the whole database.
package actor Backups {
    /// What one run wrote.
    package struct Written: Sendable {
        package var discussions: [String] = []
        package var snapshot: String?
    }

    /// Left free on the disk beside the snapshot: manifests, discussions, and whoever else writes there.
    static let margin = 16 << 20

    package nonisolated let place: BackupPlace
    package nonisolated let tombstones: Tombstones
    let store: Store
    let databasePath: String
    /// Where uploaded files lie, each under its id.
    let files: String
    let settings: BackupSettings
    let logger: Logger
    let now: @Sendable () -> Date
    private let report: Mutex<BackupReport>
    private let queue = DiskQueue()
    var lastAttempt: Date?

    package init(
        store: Store,
        databasePath: String,
        dataDirectory: String,
        settings: BackupSettings,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.databasePath = databasePath
        self.settings = settings
        self.logger = logger
        self.now = now
        files = dataDirectory + "/files"
        place = BackupPlace(settings.directory)
        tombstones = Tombstones(dataDirectory: dataDirectory, place: place)
        report = Mutex(BackupReport(isEnabled: settings.isEnabled, interval: settings.interval))
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// How the backups stand.
    ///
    /// The directory is looked at: somebody may have removed what was there, and the command line adds to it.
    /// Answers while a backup is being made.
    package nonisolated func look() -> BackupReport {
        var report = report.withLock { $0 }
        report.newest = Self.newest(in: place)
        return report
    }

    /// Backs up what was touched, then the whole database; removes what is older than the retention.
    ///
    /// - Throws: ``BackupFault``. What lies there is untouched then.
    @discardableResult
    package func run() async throws -> Written {
        let began = now()
        lastAttempt = began
        let clock = ContinuousClock()
        let start = clock.now
        do {
            let written = try await work(began)
            let duration = (clock.now - start) / .seconds(1)
            report.withLock { report in
                report.duration = duration
                report.fault = nil
                report.made += 1
            }
            logger.info(
                "backed up",
                metadata: [
                    "discussions": "\(written.discussions.count)", "seconds": "\(duration)",
                    "bytes": "\(look().newest?.size ?? 0)", "snapshot": "\(written.snapshot ?? "")",
                ]
            )
            return written
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            report.withLock { report in
                report.fault = Self.words(error)
                report.failed += 1
            }
            logger.error("backup failed", metadata: ["error": "\(Self.words(error))"])
            throw BackupFault(Self.words(error))
        }
    }

    private func work(_ began: Date) async throws -> Written {
        let lock = try begin()
        defer { lock.release() }
        try checkSpace()
        var written = Written()
        var fault: (any Error)?
        for kept in try await store.read({ try $0.listKeptDiscussions() }) {
            try Task.checkCancellation()
            let directory = place.discussion(kept.id, of: kept.owner)
            guard Self.newestManifest(in: directory)?.manifest.discussion?.version != kept.version else {
                continue
            }
            do {
                if let path = try await write(kept.id, at: began) { written.discussions.append(path) }
            } catch {
                // One that cannot be read must not keep the others from being backed up; the run still fails.
                fault = fault ?? error
            }
        }
        written.snapshot = try await writeSnapshot(at: began)
        try removeOld(began)
        if let fault { throw fault }
        return written
    }

    /// Backs up one discussion, touched or not.
    ///
    /// - Returns: the path of its new folder.
    /// - Throws: ``BackupFault``.
    @discardableResult
    package func backupDiscussion(user: PersonID?, discussion: DiscussionID) async throws -> String {
        do {
            let lock = try begin()
            defer { lock.release() }
            guard let record = try await store.read({ try $0.findRecord(discussion, of: user) }) else {
                throw BackupFault("there is no discussion \(discussion)")
            }
            return try write(record, at: now())
        } catch {
            throw BackupFault(Self.words(error))
        }
    }

    /// Takes the lock that keeps two from running at once, and clears what a killed one left.
    private func begin() throws -> FileLock {
        try Disk.makeDirectory(place.root)
        guard let lock = try FileLock(place.lock, .exclusive) else {
            throw BackupFault("another backup is running")
        }
        for directory in [place.snapshots] + place.listDiscussions() {
            for name in Disk.list(directory) where name.hasPrefix(BackupPlace.unfinished) {
                try Disk.remove("\(directory)/\(name)")
            }
        }
        try tombstones.update()
        try forgetErased()
        return lock
    }

    /// Removes the folders of discussions that were erased; here, since a crash may have come in between.
    private func forgetErased() throws {
        let erased = Set(tombstones.list().map { BackupPlace.name($0.rawValue) })
        guard !erased.isEmpty else { return }
        for directory in place.listDiscussions()
        where erased.contains((directory as NSString).lastPathComponent) {
            try Disk.remove(directory)
        }
    }

    /// Removes the backups of discussions that were erased; called after those were.
    package func removeErased() {
        do {
            try forgetErased()
        } catch {
            logger.error(
                "backups of erased discussions could not be removed",
                metadata: ["error": "\(Self.words(error))"]
            )
        }
    }

    private func checkSpace() throws {
        let database = (Disk.size(databasePath) ?? 0) + (Disk.size(databasePath + "-wal") ?? 0)
        let free = try Disk.free(at: place.root)
        let needed = database + Self.margin
        guard free >= needed else {
            throw BackupFault(
                "\(place.root) has \(free >> 20) MB left; a backup needs \((needed + 1 << 20 - 1) >> 20) MB"
            )
        }
    }

    private func removeOld(_ now: Date) throws {
        let cutoff = now.addingTimeInterval(-Double(settings.retentionDays) * 24 * 3_600)
        for directory in [place.snapshots] + place.listDiscussions() {
            try Retention.remove(BackupPlace.list(directory), before: cutoff) { path in
                (try? Manifest.read(in: path).check(in: path)) != nil
            }
        }
    }

    private static func newest(in place: BackupPlace) -> BackupReport.Good? {
        newestManifest(in: place.snapshots).map { .init(at: $0.at, size: $0.manifest.size) }
    }

    /// The newest backup in a directory whose files are all there.
    static func newestManifest(in directory: String) -> (at: Date, path: String, manifest: Manifest)? {
        for (at, path) in BackupPlace.list(directory).reversed() {
            guard let manifest = try? Manifest.read(in: path), manifest.isThere(in: path) else { continue }
            return (at, path, manifest)
        }
        return nil
    }

    /// Without what a database error might quote.
    static func words(_ error: any Error) -> String {
        switch error {
        case let fault as BackupFault: fault.description
        case let damaged as DatabaseFile.Damaged: "the database is damaged: \(damaged)"
        default: DatabaseFile.words(error) ?? "it failed: \(type(of: error))"
        }
    }
}
