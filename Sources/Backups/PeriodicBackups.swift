import Domain
package import Foundation
import Logging
import Support

/// The time of day, and waiting for it.
package protocol WallClock: Sendable {
    var now: Date { get }
    func sleep(until instant: Date) async throws
}

/// The system's.
package struct SystemClock: WallClock {
    /// A machine that was asleep, or whose clock was set, is noticed within this.
    private static let longestNap = 60.0

    package init() {}

    package var now: Date { Date() }

    package func sleep(until instant: Date) async throws {
        while true {
            let rest = instant.timeIntervalSince(now)
            guard rest > 0 else { return try Task.checkCancellation() }
            try await Task.sleep(for: .seconds(min(rest, Self.longestNap)))
        }
    }
}

extension Backups {
    /// After a failure it is tried again so soon, or after an interval if that is shorter.
    private static let retry: TimeInterval = 600

    /// Makes a backup whenever one is due, until cancelled.
    ///
    /// Due is an interval after the newest good one, however old that is: hours that were missed while the
    /// process was down are made up by one backup, at once.
    package func schedulePeriodicBackups(clock: some WallClock) async {
        guard settings.isEnabled else {
            logger.notice("no backups are made: BACKUP_ENABLED is false")
            return
        }
        if Disk.device(databasePath) == Disk.device((place.root as NSString).deletingLastPathComponent) {
            logger.notice("BACKUPS_DIR lies on the database's disk: it does not help when that dies")
        }
        while !Task.isCancelled {
            do {
                try await clock.sleep(until: nextDue())
                try await run()
            } catch is CancellationError {
                return
            } catch {
                // Told by run() already; nextDue() comes later.
            }
        }
    }

    private func nextDue() -> Date {
        let due = look().newest.map { $0.at.addingTimeInterval(settings.interval) } ?? .distantPast
        let again = lastAttempt?.addingTimeInterval(min(Self.retry, settings.interval)) ?? .distantPast
        // A backup from the future, made under a wrong clock, must not stop all others until then.
        return min(max(due, again), now().addingTimeInterval(settings.interval))
    }
}
