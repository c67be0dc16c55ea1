import Domain
import Doubles
import Foundation
import Store
import Testing

@testable import Backups

@Suite("Periodic backups", .timeLimit(.minutes(5)))
struct PeriodicTests {
    @Test("over five hours write one folder an hour for what was touched, none for what was not")
    func fiveHours() async throws {
        try await withHouse { house in
            try await house.insert("busy")
            try await house.insert("idle")
            house.clock.run(for: 5 * 3_600 - 1) { instant in
                // Touched within every hour but the third.
                let hour = Int(instant.timeIntervalSince(Date(timeIntervalSince1970: 1_796_000_000)) / 3_600)
                if hour > 0, hour != 3 { try await house.touch("busy") }
            }
            await house.backups.schedulePeriodicBackups(clock: house.clock)
            #expect(house.folders("busy").count == 4, "the first, and three that were touched again")
            #expect(house.folders("idle").count == 1)
            #expect(house.snapshots.count == 5)
            let times = house.snapshots.compactMap {
                BackupPlace.instant(of: ($0 as NSString).lastPathComponent)
            }
            #expect(zip(times, times.dropFirst()).allSatisfy { $1.timeIntervalSince($0) == 3_600 })
        }
    }

    @Test("make missed hours up once, at once, then go on by the hour")
    func missed() async throws {
        try await withHouse { house in
            try await house.insert("one")
            house.clock.run(for: 3_600 - 1)
            await house.backups.schedulePeriodicBackups(clock: house.clock)
            #expect(house.snapshots.count == 1)
            // The process was down for seven and a half hours.
            house.clock.advance(7.5 * 3_600)
            let back = house.clock.now
            house.clock.run(for: 2 * 3_600)
            await house.backups.schedulePeriodicBackups(clock: house.clock)
            let times = house.snapshots.compactMap {
                BackupPlace.instant(of: ($0 as NSString).lastPathComponent)
            }
            #expect(times.dropFirst().map { $0.timeIntervalSince(back) } == [0, 3_600, 7_200])
        }
    }

    @Test("over sixty days keep what is within the retention, and the newest of what was long idle")
    func sixtyDays() async throws {
        try await withHouse(retentionDays: 30) { house in
            try await house.insert("busy")
            try await house.insert("idle")
            let begun = house.clock.now
            // A day at a time: the hours of all of them would be 1,440 snapshots.
            for _ in 0..<60 {
                try await house.touch("busy")
                try await house.backups.run()
                house.clock.advance(24 * 3_600)
            }
            let last = begun.addingTimeInterval(59 * 24 * 3_600)
            let kept = (29...59).map {
                BackupPlace.name(of: begun.addingTimeInterval(Double($0) * 24 * 3_600))
            }
            #expect(house.snapshots.map { ($0 as NSString).lastPathComponent } == kept)
            #expect(house.folders("busy").map { ($0 as NSString).lastPathComponent } == kept)
            #expect(house.folders("idle").count == 1)
            #expect(house.backups.look().newest?.at == last)
        }
    }

    @Test("never remove the newest good one, though newer ones are damaged")
    func newestGood() async throws {
        try await withHouse(retentionDays: 1) { house in
            try await house.insert("one")
            var made: [String] = []
            for _ in 0..<3 {
                made.append(try #require(try await house.backups.run().snapshot))
                try await house.touch("one")
                house.clock.advance(3_600)
            }
            for path in made.dropFirst() { try damage(path + "/parley.sqlite") }
            try Retention.remove(BackupPlace.list(house.place.snapshots), before: .distantFuture) { path in
                (try? Manifest.read(in: path).check(in: path)) != nil
            }
            #expect(house.snapshots == [made[0]])
        }
    }

    @Test("are not made where they are switched off, and the report says so")
    func disabled() async throws {
        try await withHouse(enabled: false) { house in
            house.clock.run(for: 10 * 3_600)
            await house.backups.schedulePeriodicBackups(clock: house.clock)
            #expect(house.snapshots.isEmpty)
            let report = house.backups.look()
            #expect(!report.isEnabled && !report.isAlarming(at: house.clock.now))
        }
    }

    @Test("that fail are tried again soon, and raise the alarm after three intervals without a good one")
    func alarm() async throws {
        try await withHouse { house in
            try await house.backups.run()
            // A file where the directory should be: nothing can be written.
            try FileManager.default.removeItem(atPath: house.place.snapshots)
            #expect(house.backups.look().newest == nil)
            try Data().write(to: URL(filePath: house.place.snapshots))
            house.clock.run(for: 3_600)
            await house.backups.schedulePeriodicBackups(clock: house.clock)
            var report = house.backups.look()
            #expect(report.failed == 6, "every ten minutes")
            #expect(report.fault != nil && report.isAlarming(at: house.clock.now))
            try FileManager.default.removeItem(atPath: house.place.snapshots)
            try await house.backups.run()
            report = house.backups.look()
            #expect(report.fault == nil)
            #expect(!report.isAlarming(at: house.clock.now + 3 * 3_600))
            #expect(report.isAlarming(at: house.clock.now + 3 * 3_600 + 1))
        }
    }

    @Test("do not run while another runs, wherever that is")
    func lock() async throws {
        try await withHouse { house in
            try await house.backups.run()
            let other = try #require(try FileLock(house.place.lock, .exclusive))
            await #expect(throws: BackupFault("another backup is running")) { try await house.backups.run() }
            other.release()
            house.clock.advance(1)
            try await house.backups.run()
            #expect(house.snapshots.count == 2)
        }
    }

    @Test("of a database in which nothing changed take no more room")
    func unchanged() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let first = try #require(try await house.backups.run().snapshot)
            house.clock.advance(3_600)
            let second = try #require(try await house.backups.run().snapshot)
            #expect(try inode(first + "/parley.sqlite") == inode(second + "/parley.sqlite"))
            try await house.touch("one")
            house.clock.advance(3_600)
            let third = try #require(try await house.backups.run().snapshot)
            #expect(try inode(first + "/parley.sqlite") != inode(third + "/parley.sqlite"))
            #expect(try inode(third + "/parley.sqlite") != inode(house.database))
        }
    }

    private func inode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }
}

/// Changes a byte in the middle of a file.
func damage(_ path: String) throws {
    var data = try Data(contentsOf: URL(filePath: path))
    data[data.count / 2] ^= 0xFF
    try data.write(to: URL(filePath: path))
}
