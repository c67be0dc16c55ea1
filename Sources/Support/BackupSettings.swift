package import Foundation

/// How often the house's discussions are backed up, where to, and for how long they are kept.
package struct BackupSettings: Sendable {
    package let isEnabled: Bool
    package let retentionDays: Int
    /// Between two backups.
    package let interval: TimeInterval
    package let directory: String

    init(from reader: SettingsReader, dataDirectory: String) throws {
        isEnabled = try reader.flag("BACKUP_ENABLED", default: true)
        // Ten years; beyond, a typing error is more likely.
        retentionDays = try reader.integer("BACKUP_RETENTION_DAYS", default: 30, in: 1...3_650)
        interval = TimeInterval(try reader.integer("BACKUP_INTERVAL_HOURS", default: 1, in: 1...168)) * 3_600
        let named = reader.string("BACKUPS_DIR")
        directory = named.isEmpty ? dataDirectory + "/backups" : named
    }
}
