import Domain
import Doubles
import Foundation
import Store
import Testing

@testable import Site

@Suite("The backups' health", .timeLimit(.minutes(5)))
struct BackupsHealthTests {
    private static let now = Instants().now

    /// The newest good one so many hours ago.
    private func report(hours: Double?, fault: String? = nil) -> BackupReport {
        var report = BackupReport(isEnabled: true, interval: 3_600)
        report.newest = hours.map { .init(at: Self.now.addingTimeInterval(-$0 * 3_600), size: 3 << 20) }
        report.duration = 0.25
        report.fault = fault
        return report
    }

    private func component(_ report: BackupReport) async throws -> [String: String] {
        try await withSite(backups: report) { site in
            let json = try await site.get("/health").json()
            let components = try #require(json["components"] as? [String: Any])
            return try #require(components["backups"] as? [String: String])
        }
    }

    @Test("is well while the newest good one is young, and says its age, size and time")
    func well() async throws {
        #expect(
            try await component(report(hours: 0.2)) == [
                "status": "ok", "detail": "the newest is 12 min old, 3.0 MB; the last took 0.2 s",
            ]
        )
        #expect(try await component(report(hours: 3))["status"] == "ok")
    }

    @Test("is degraded when it is older than three intervals, or when the first one failed")
    func alarm() async throws {
        let old = try await component(report(hours: 3.1, fault: "No space left on device"))
        #expect(old["status"] == "degraded")
        #expect(old["detail"]?.hasSuffix("the last try failed: No space left on device") == true)
        #expect(try await component(report(hours: nil, fault: "no"))["status"] == "degraded")
        #expect(try await component(report(hours: nil))["status"] == "ok")
    }

    @Test("says that they are switched off")
    func off() async throws {
        let report = BackupReport(isEnabled: false, interval: 3_600)
        #expect(try await component(report) == ["status": "ok", "detail": "switched off by BACKUP_ENABLED"])
    }

    @Test("stands in the metrics")
    func metrics() async throws {
        try await withSite(backups: report(hours: 4)) { site in
            let text = try await site.get("/metrics").text
            #expect(text.contains("\nparley_backup_age_seconds 14400.0\n"))
            #expect(text.contains("\nparley_backup_alarm 1.0\n"))
            #expect(text.contains("\nparley_backups_total 0\n"))
        }
    }
}

@Suite("A poll with a cursor", .timeLimit(.minutes(5)))
struct LostCursorTests {
    @Test("that a lost log handed out is told so, and one from before or after is not")
    func gap() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            try await site.store.write { writer in
                try writer.append(
                    .discussionReopened(.init(status: .waiting)),
                    of: DiscussionID(rawValue: "d1")
                )
                try writer.continueLog(after: 1, above: 1 + DatabaseFile.gap)
            }
            for (cursor, status) in [
                (1, 200), (2, 410), (DatabaseFile.gap, 410), (1 + DatabaseFile.gap, 200),
            ] {
                for path in ["/events", "/discussions/d1/events"] {
                    let answer = try await site.get("\(path)?after=\(cursor)&wait=0", json: true)
                    #expect(answer.status == status, "\(path) \(cursor)")
                    if status == 410 { #expect(try answer.error()["code"] == "CURSOR_AHEAD") }
                }
            }
        }
    }
}
