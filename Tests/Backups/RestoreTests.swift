import Domain
import Doubles
import Export
import Foundation
import GRDB
import Testing

@testable import Backups
@testable import Store

@Suite("A snapshot", .timeLimit(.minutes(5)))
struct RestoreSnapshotTests {
    @Test("restored elsewhere is the database of its instant")
    func elsewhere() async throws {
        try await withHouse { house in
            try await house.insert("one")
            try await house.touch("one")
            let before = try #require(try await house.record("one"))
            let snapshot = try #require(try await house.backups.run().snapshot)
            try await house.insert("later")
            try await withDirectory { directory in
                let store = try await house.restore(snapshot, to: directory)
                var after = try #require(
                    try await store.read { try $0.findRecord(DiscussionID(rawValue: "one"), of: nil) }
                )
                after.cursor = before.cursor
                #expect(after == before)
                #expect(
                    try await store.read { try !$0.isKept(DiscussionID(rawValue: "later")) }
                )
                try store.close()
            }
        }
    }

    @Test("is made while others write without end, and is one instant of the log")
    func underWrites() async throws {
        try await withHouse { house in
            try await house.insert("one")
            // A hundred steps of the copy: they take longer than the pause between two writes.
            try await house.store.write { writer in
                try writer.db.execute(sql: "CREATE TABLE padding (x BLOB NOT NULL) STRICT")
                try writer.db.execute(sql: "INSERT INTO padding VALUES (zeroblob(?))", arguments: [96 << 20])
            }
            let writing = Task {
                while !Task.isCancelled { try await house.touch("one") }
            }
            let facts = try await DatabaseFile.copy(house.database, to: house.directory + "/copy")
            writing.cancel()
            _ = await writing.result
            let events = try #require(facts.rows["events"])
            #expect(events == facts.lastEvent, "the log and its rows are of one instant")
            #expect(try await house.store.read { try $0.newestEvent() } > facts.lastEvent)
        }
    }

    @Test("restored goes on above a gap that tells the cursors that were lost")
    func gap() async throws {
        try await withHouse { house in
            try await house.insert("one")
            for _ in 0..<5 { try await house.touch("one") }
            let snapshot = try #require(try await house.backups.run().snapshot)
            for _ in 0..<3 { try await house.touch("one") }
            let last = 5
            try await withDirectory { directory in
                let store = try await house.restore(snapshot, to: directory)
                let (newest, gaps) = try await store.read { reader in
                    (
                        try reader.newestEvent(),
                        try [
                            0, 1, last, last + 1, last + 3, last + DatabaseFile.gap - 1,
                            last + DatabaseFile.gap,
                        ]
                        .map { try reader.isInGap($0) }
                    )
                }
                #expect(newest == last + DatabaseFile.gap)
                #expect(gaps == [false, false, false, true, true, true, false])
                let next = try await store.write { writer in
                    try writer.append(
                        .discussionReopened(.init(status: .waiting)),
                        of: DiscussionID(rawValue: "one")
                    )
                }
                #expect(next == last + DatabaseFile.gap + 1)
                try store.close()
            }
        }
    }

    @Test("keeps the old database beside it, with what was in it")
    func old() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let snapshot = try #require(try await house.backups.run().snapshot)
            try await house.insert("later")
            try house.store.close()
            let done = try await RestoreSnapshot(
                folder: snapshot,
                databasePath: house.database,
                dataDirectory: house.directory,
                tombstones: house.tombstones
            ).run(rehearse: false)
            let old = try Store(path: try #require(done.old))
            #expect(try await old.read { try $0.isKept(DiscussionID(rawValue: "later")) })
            try old.close()
            let new = try Store(path: house.database)
            #expect(try await new.read { try !$0.isKept(DiscussionID(rawValue: "later")) })
            try new.close()
        }
    }

    @Test("is not restored while the server runs, nor by a rehearsal")
    func refused() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let snapshot = try #require(try await house.backups.run().snapshot)
            try await house.insert("later")
            try house.store.close()
            let before = try Data(contentsOf: URL(filePath: house.database))
            let restore = RestoreSnapshot(
                folder: snapshot,
                databasePath: house.database,
                dataDirectory: house.directory,
                tombstones: house.tombstones
            )
            let server = try #require(try FileLock.ofDatabase(house.database, .shared))
            await #expect { try await restore.run(rehearse: false) } throws: { error in
                "\(error)".contains("stop the server first")
            }
            server.release()
            let rehearsed = try await restore.run(rehearse: true)
            #expect(rehearsed.prepared == nil && rehearsed.facts.rows["discussions"] == 1)
            #expect(try Data(contentsOf: URL(filePath: house.database)) == before)
        }
    }

    @Test("that is damaged anywhere is refused, and nothing is touched", arguments: [0, 30, 99])
    func damaged(percent: Int) async throws {
        try await withHouse { house in
            try await house.insert("one")
            let snapshot = try #require(try await house.backups.run().snapshot)
            try house.store.close()
            let before = try Data(contentsOf: URL(filePath: house.database))
            let path = URL(filePath: snapshot + "/parley.sqlite")
            var data = try Data(contentsOf: path)
            data[data.count * percent / 100] ^= 0x10
            try data.write(to: path)
            await #expect { try await house.restored(snapshot) } throws: { "\($0)".contains("checksum") }
            try data.prefix(data.count / 2).write(to: path)
            await #expect { try await house.restored(snapshot) } throws: { "\($0)".contains("damaged") }
            try FileManager.default.removeItem(at: path)
            await #expect { try await house.restored(snapshot) } throws: { "\($0)".contains("missing") }
            #expect(try Data(contentsOf: URL(filePath: house.database)) == before)
            let names = try FileManager.default.contentsOfDirectory(atPath: house.directory)
            #expect(!names.contains { $0.contains("before") || $0.hasPrefix(".new-") })
        }
    }

    @Test("that SQLite finds damaged does not count, though its checksum is right")
    func integrity() async throws {
        try await withHouse { house in
            try await house.insert("one")
            try house.store.close()
            try await DatabaseFile.fold(house.database)
            // A page of the middle of the file is gone, as a dying disk leaves it.
            var data = try Data(contentsOf: URL(filePath: house.database))
            data.replaceSubrange(data.count / 2..<data.count / 2 + 4_096, with: Data(count: 4_096))
            try data.write(to: URL(filePath: house.database))
            await #expect(throws: DatabaseFile.Damaged.self) {
                try await DatabaseFile.copy(house.database, to: house.directory + "/copy")
            }
        }
    }

    @Test("brings back no discussion that was erased after it, nor its words")
    func erased() async throws {
        try await withHouse { house in
            try await house.insert("one")
            try await house.insert("gone")
            let snapshot = try #require(try await house.backups.run().snapshot)
            #expect(house.folders("gone").count == 1)
            try await house.erase("gone")
            #expect(house.folders("gone").isEmpty && house.folders("one").count == 1)
            // Elsewhere there is only what lies beside the snapshot.
            try await withDirectory { directory in
                let store = try await house.restore(snapshot, to: directory)
                #expect(try await store.read { try !$0.isKept(DiscussionID(rawValue: "gone")) })
                #expect(try await store.read { try $0.isKept(DiscussionID(rawValue: "one")) })
                try store.close()
                let bytes = try Data(contentsOf: URL(filePath: directory + "/parley.sqlite"))
                #expect(bytes.range(of: Data("gone-m1".utf8)) == nil)
                #expect(bytes.range(of: Data("one-m1".utf8)) != nil)
            }
        }
    }

    @Test("brings back no token and no session: they may have been revoked since")
    func tokens() async throws {
        try await withHouse { house in
            let now = house.clock.now
            try await house.store.write { writer in
                let anna = try writer.insertAccount(named: "anna", role: .member, password: "x").person
                let token = APIToken(
                    id: .random(),
                    isReadOnly: false,
                    createdAt: now,
                    expiresAt: nil,
                    usedAt: nil
                )
                try writer.insert(token, hash: "hash-of-a-token", of: anna.id)
                let session = Session(id: .random(), createdAt: now, seenAt: now, address: "::1", agent: "")
                try writer.insert(session, hash: "hash-of-a-cookie", of: anna.id)
            }
            let snapshot = try #require(try await house.backups.run().snapshot)
            try await withDirectory { directory in
                let store = try await house.restore(snapshot, to: directory)
                let (account, token, session) = try await store.read { reader in
                    (
                        try reader.findAccount(named: "anna"), try reader.findToken(hash: "hash-of-a-token"),
                        try reader.findSession(hash: "hash-of-a-cookie")
                    )
                }
                #expect(account != nil)
                #expect(token == nil && session == nil)
                try store.close()
                let bytes = try Data(contentsOf: URL(filePath: directory + "/parley.sqlite"))
                #expect(bytes.range(of: Data("hash-of-a-token".utf8)) == nil)
            }
        }
    }

    @Test("of an earlier version is brought to this one")
    func migrated() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let snapshot = try #require(try await house.backups.run().snapshot)
            try await withDirectory { directory in
                let store = try await house.restore(snapshot, to: directory)
                try store.close()
                let facts = try await DatabaseFile.check(directory + "/parley.sqlite")
                #expect(facts.schema == "8 accounts")
            }
        }
    }
}

extension House {
    fileprivate func restored(_ snapshot: String) async throws {
        _ = try await RestoreSnapshot(
            folder: snapshot,
            databasePath: database,
            dataDirectory: directory,
            tombstones: tombstones
        ).run(rehearse: false)
    }

    /// As the engine erases.
    func erase(_ id: String) async throws {
        let (tombstones, now) = (tombstones, clock.now)
        try await store.write { writer in
            try writer.delete(DiscussionID(rawValue: id))
            try tombstones.add(
                try writer.eraseDiscussions(deletedBefore: .distantFuture, limit: 10).discussions,
                at: now
            )
        }
        await backups.removeErased()
    }
}
