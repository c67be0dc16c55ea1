import Foundation

/// Which backups may go: those older than the retention, but never the newest good one.
enum Retention {
    /// - Parameters:
    ///   - backups: the oldest first.
    ///   - isGood: reads the whole backup; asked only where something is old enough to go.
    static func remove(
        _ backups: [(at: Date, path: String)],
        before cutoff: Date,
        isGood: (String) -> Bool
    ) throws {
        let old = backups.filter { $0.at < cutoff }
        guard !old.isEmpty, let newestGood = backups.last(where: { isGood($0.path) }) else { return }
        for backup in old where backup.path != newestGood.path {
            // Out of sight first: one that is half removed must not look like a backup.
            let directory = (backup.path as NSString).deletingLastPathComponent
            let gone = "\(directory)/\(BackupPlace.unfinished)\(UUID().uuidString.prefix(8))"
            try Disk.move(backup.path, to: gone)
            try Disk.remove(gone)
        }
    }
}
