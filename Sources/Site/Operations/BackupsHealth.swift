import Domain
import Engine
import Foundation

extension Site {
    func backupsHealth() async -> HealthJSON.Component? {
        guard let report = await backups?() else { return nil }
        guard report.isEnabled else {
            return .init(status: .ok, detail: "switched off by BACKUP_ENABLED")
        }
        let now = engine.now()
        var words = [
            report.newest.map { "the newest is \($0.age(at: now)) old, \($0.megabytes)" } ?? "none yet"
        ]
        if let duration = report.duration {
            words.append("the last took \(String(format: "%.1f", duration)) s")
        }
        if let fault = report.fault { words.append("the last try failed: \(fault)") }
        return .init(
            status: report.isAlarming(at: now) ? .degraded : .ok,
            detail: words.joined(separator: "; ")
        )
    }
}

extension BackupReport.Good {
    /// `12 min`, `3 h` or `2 days`.
    fileprivate func age(at now: Date) -> String {
        let minutes = max(0, Int(now.timeIntervalSince(at) / 60))
        return switch minutes {
        case ..<120: "\(minutes) min"
        case ..<(48 * 60): "\(minutes / 60) h"
        default: "\(minutes / (24 * 60)) days"
        }
    }

    fileprivate var megabytes: String { String(format: "%.1f MB", Double(size) / 1_048_576) }
}

extension MetricsText {
    /// What is known of the backups.
    mutating func add(_ report: BackupReport, at now: Date) {
        func gauge(_ name: String, _ help: String, _ value: Double?) {
            guard let value else { return }
            self.gauge("parley_backup_\(name)", help, [("", value)])
        }
        gauge("enabled", "Whether backups are made by themselves.", report.isEnabled ? 1 : 0)
        gauge(
            "age_seconds",
            "Since the newest good backup of the whole database was begun.",
            report.newest.map { now.timeIntervalSince($0.at) }
        )
        gauge(
            "bytes",
            "Size of the newest good backup of the database.",
            report.newest.map { Double($0.size) }
        )
        gauge("duration_seconds", "What the last backup of this process took.", report.duration)
        gauge(
            "last_failed",
            "Whether the last backup of this process failed.",
            report.made + report.failed > 0 ? (report.fault == nil ? 0 : 1) : nil
        )
        gauge(
            "alarm",
            "Whether no good backup is younger than three intervals.",
            report.isAlarming(at: now) ? 1 : 0
        )
        counter("parley_backups_total", "Backups that this process made.", report.made)
        counter("parley_backup_failures_total", "Backups of this process that failed.", report.failed)
    }
}
