import Crypto
import Domain
import Doubles
import Export
import Foundation
import Testing

@testable import Backups
@testable import Store

@Suite("Uploaded files", .timeLimit(.minutes(5)))
struct FileTests {
    private static let content = Data("Tools to lend".utf8)

    /// A discussion with one file, whose bytes lie in the data directory.
    private func insert(_ house: House) async throws {
        let files = house.directory + "/files"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        try Self.content.write(to: URL(filePath: files + "/f1"))
        let sum = SHA256.hash(data: Self.content).map { String(format: "%02x", $0) }.joined()
        let owner = house.owner
        try await house.store.write { writer in
            var record = FullDiscussion.record("one", of: owner)
            record.discussion.status = .waiting
            record.files = [
                KeptFile(
                    id: "f1",
                    name: "../tools.txt",
                    type: "text/plain",
                    size: Self.content.count,
                    sha256: sum,
                    state: "clean",
                    pages: 3,
                    pagesRead: 2,
                    characters: 13,
                    kept: 12,
                    reading: "part",
                    text: "Tools to len",
                    createdAt: Date(timeIntervalSince1970: 1_796_000_000.5),
                    views: [.init(provider: .groq, model: "groq-model", characters: 12, asPicture: true)]
                )
            ]
            try writer.insert(record)
        }
    }

    private func live(_ house: House, _ id: String) -> String { "\(house.directory)/files/\(id)" }

    private func backup(_ house: House) async throws -> String {
        house.clock.advance(1)
        return try await house.backups.backupDiscussion(user: nil, discussion: DiscussionID(rawValue: "one"))
    }

    @Test(
        "are copied with a discussion, linked to the backup before where they are the same, never to the live ones"
    )
    func links() async throws {
        try await withHouse { house in
            try await insert(house)
            let (first, second) = (try await backup(house), try await backup(house))
            #expect(try Data(contentsOf: URL(filePath: second + "/files/f1")) == Self.content)
            #expect(try inode(first + "/files/f1") == inode(second + "/files/f1"))
            #expect(try inode(first + "/files/f1") != inode(live(house, "f1")))
            try Manifest.read(in: second).check(in: second)
        }
    }

    @Test("that are no longer what was uploaded are not taken for it")
    func changed() async throws {
        try await withHouse { house in
            try await insert(house)
            try Data("something else".utf8).write(to: URL(filePath: live(house, "f1")))
            await #expect { try await backup(house) } throws: { "\($0)".contains("checksum") }
            #expect(house.folders("one").isEmpty)
        }
    }

    @Test("come back with their discussion, and get ids of their own beside another one")
    func restored() async throws {
        try await withHouse { house in
            try await insert(house)
            let before = try #require(try await house.record("one"))
            let folder = try await backup(house)
            func restore(force: Bool) async throws -> DiscussionRecord {
                let done = try await RestoreDiscussion(
                    folder: folder,
                    store: house.store,
                    dataDirectory: house.directory,
                    tombstones: house.tombstones,
                    force: force
                ).run(rehearse: false)
                return try #require(try await house.record(done.id.rawValue))
            }
            try FileManager.default.removeItem(atPath: live(house, "f1"))
            #expect(try await restore(force: true).files == before.files)
            #expect(try Data(contentsOf: URL(filePath: live(house, "f1"))) == Self.content)

            let beside = try #require(try await restore(force: false).files.first)
            #expect(beside.id != "f1" && beside.sha256 == before.files[0].sha256)
            #expect(beside.views == before.files[0].views)
            #expect(try Data(contentsOf: URL(filePath: live(house, beside.id))) == Self.content)
        }
    }

    @Test(
        "that a restored database names come from the discussions' folders; those that are nowhere are counted"
    )
    func snapshot() async throws {
        try await withHouse { house in
            try await insert(house)
            let snapshot = try #require(try await house.backups.run().snapshot)
            try await withDirectory { directory in
                func restore() async throws -> RestoreSnapshot.Done {
                    try await RestoreSnapshot(
                        folder: snapshot,
                        databasePath: directory + "/parley.sqlite",
                        dataDirectory: directory,
                        tombstones: Tombstones(dataDirectory: directory, place: BackupPlace(directory))
                    ).run(rehearse: false)
                }
                var done = try await restore()
                #expect(done.filesBack == 1 && done.filesMissing == 0)
                #expect(try Data(contentsOf: URL(filePath: directory + "/files/f1")) == Self.content)
                try FileManager.default.removeItem(atPath: directory + "/files/f1")
                try FileManager.default.removeItem(atPath: house.place.discussions)
                done = try await restore()
                #expect(done.filesBack == 0 && done.filesMissing == 1)
            }
        }
    }

    @Test("are named on who saw what by what was noted before they were given")
    func views() async throws {
        try await withHouse { house in
            try await insert(house)
            let record = try #require(try await house.record("one"))
            let sent = WordsSent(record, configured: [])
            #expect(sent.shares.filter { $0.files.contains("f1") }.map(\.provider) == [.groq])
        }
    }

    private func inode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
    }
}
