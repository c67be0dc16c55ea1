package import Foundation

/// How the backups stand, for those who look after the site.
package struct BackupReport: Sendable, Hashable {
    /// The newest backup of the whole database that was found whole.
    package struct Good: Sendable, Hashable {
        package let at: Date
        /// In bytes.
        package let size: Int

        package init(at: Date, size: Int) {
            self.at = at
            self.size = size
        }
    }

    /// A backup that is older than so many intervals is an alarm: one may fail, and one may just be due.
    private static let intervalsToAlarm = 3.0

    /// False: BACKUP_ENABLED is.
    package var isEnabled: Bool
    package var interval: TimeInterval
    package var newest: Good?
    /// In seconds, of the last one that this process made.
    package var duration: TimeInterval?
    /// Why the last one failed; nil if it did not.
    package var fault: String?
    package var made = 0
    package var failed = 0

    package init(isEnabled: Bool, interval: TimeInterval) {
        self.isEnabled = isEnabled
        self.interval = interval
    }

    /// Whether somebody should look: there is no good backup young enough.
    package func isAlarming(at now: Date) -> Bool {
        guard isEnabled else { return false }
        guard let newest else { return fault != nil }
        return now.timeIntervalSince(newest.at) > interval * Self.intervalsToAlarm
    }
}
