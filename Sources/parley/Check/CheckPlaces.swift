import Backups
import Foundation
import Glibc
import Support

/// Directories, disks, and the clock.
extension Check {
    /// Below this nothing more is taken in: uploads stop, and the database may soon.
    private static let leastFree = 256 << 20
    /// Enough for a day of heavy use, and for a backup of a database that has grown.
    private static let fewFree = 1 << 30

    static func place(_ settings: Settings) -> Finding {
        let name = "disk"
        let path = settings.dataDirectory
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            return .warn(name, "\(path) is not there yet", "`parley serve` makes it")
        }
        guard isDirectory.boolValue, access(path, R_OK | W_OK | X_OK) == 0 else {
            return .fail(name, "\(path) cannot be written", "make DATA_DIR a directory of the server's user")
        }
        let free: Int
        do {
            free = try DiskSpace.free(at: path)
        } catch {
            return .fail(name, "\(path) cannot be looked at", "look at the disk")
        }
        let words = "\(free >> 20) MB free at \(path)"
        let remedy = "free some, or move DATA_DIR"
        if free < leastFree { return .fail(name, "\(words): no file is taken in", remedy) }
        return free < fewFree ? .warn(name, words, remedy) : .ok(name, words)
    }

    static func timeZone(_ settings: Settings) -> Finding {
        let name = "time zone"
        let zone = settings.timeZone
        var format = Date.ISO8601FormatStyle(timeZone: zone)
        format = format.year().month().day().time(includingFractionalSeconds: false)
        let words =
            "it is \(Date().formatted(format)) in \(zone.identifier == "GMT" ? "UTC" : zone.identifier)"
        // Before this program was written.
        guard Date().timeIntervalSince1970 > 1_790_000_000 else {
            return .fail(name, "\(words): the clock is wrong", "set the clock, and keep it by NTP")
        }
        return .ok(name, words)
    }

    static func backups(_ settings: Settings) -> Finding {
        let name = "backups"
        let directory = settings.backups.directory
        let standing = BackupPlace(directory).standing(beside: settings.dataDirectory)
        if !standing.canBeWritten {
            return .fail(
                name,
                "\(directory) cannot be written",
                "make BACKUPS_DIR a directory of the server's user"
            )
        }
        guard settings.backups.isEnabled else {
            return .warn(
                name,
                "switched off by BACKUP_ENABLED",
                "set it to true, or run `parley backup` by a timer of your own"
            )
        }
        guard let newest = standing.newest else {
            return .warn(
                name,
                "none yet in \(directory)",
                "the running server makes the first soon after its start"
            )
        }
        let age = Date().timeIntervalSince(newest)
        let hours = "the newest good one is \(Int(age / 3_600)) h old"
        if age > 2 * settings.backups.interval {
            return .warn(name, hours, "read the server's log: every BACKUP_INTERVAL_HOURS one is made")
        }
        if standing.sharesDisk {
            return .warn(
                name,
                "\(hours); \(directory) is on the data's disk",
                "point BACKUPS_DIR to another disk"
            )
        }
        return .ok(name, "\(hours), in \(directory)")
    }
}
