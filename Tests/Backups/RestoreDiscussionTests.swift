import Domain
import Doubles
import Export
import Foundation
import GRDB
import Testing

@testable import Backups
@testable import Store

@Suite("A discussion's backup", .timeLimit(.minutes(5)))
struct RestoreDiscussionTests {
    private func backup(_ house: House, _ id: String = "one") async throws -> String {
        try await house.backups.backupDiscussion(user: nil, discussion: DiscussionID(rawValue: id))
    }

    private func restore(
        _ folder: String,
        _ house: House,
        owner: String? = nil,
        force: Bool = false,
        rehearse: Bool = false
    ) async throws -> RestoreDiscussion.Done {
        try await RestoreDiscussion(
            folder: folder,
            store: house.store,
            dataDirectory: house.directory,
            tombstones: house.tombstones,
            owner: owner,
            force: force
        ).run(rehearse: rehearse)
    }

    @Test("brings it back elsewhere as it was: its export is equal")
    func equal() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let before = try #require(try await house.record("one"))
            let folder = try await backup(house)
            #expect(
                try DiscussionExport.read(Data(contentsOf: URL(filePath: folder + "/discussion.json")))
                    == before
            )
            let markdown = try String(contentsOfFile: folder + "/discussion.md", encoding: .utf8)
            #expect(markdown == DiscussionMarkdown.render(before))
            try await withHouse { other in
                let done = try await restore(folder, other)
                #expect(done.kind == .back && done.id == DiscussionID(rawValue: "one"))
                var after = try #require(try await other.record("one"))
                // The person has the same name and another id there; the log is another.
                #expect(after.owner == other.owner)
                after.owner = before.owner
                after.discussion = after.discussion.owned(by: before.owner.id)
                after.cursor = before.cursor
                after.discussion.version = before.discussion.version
                #expect(try DiscussionExport.data(after) == DiscussionExport.data(before))
            }
        }
    }

    @Test("lies beside one that is there, under ids of its own, and overwrites nothing")
    func beside() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let folder = try await backup(house)
            try await house.touch("one")
            let before = try await house.record("one")
            let done = try await restore(folder, house)
            guard case .beside(let id) = done.kind else {
                Issue.record("\(done.kind)")
                return
            }
            #expect(id != DiscussionID(rawValue: "one"))
            var now = try #require(try await house.record("one"))
            now.cursor = before?.cursor ?? 0
            #expect(now == before)
            let copy = try #require(try await house.record(id.rawValue))
            #expect(
                copy.transcript.rounds.map { $0.messages.map(\.content) }
                    == now.transcript.rounds.map { $0.messages.map(\.content) }
            )
            #expect(copy.questionSets.map(\.answers) == now.questionSets.map(\.answers))
        }
    }

    @Test("takes the place of the one that is there by force, and its readers are told")
    func force() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let folder = try await backup(house)
            let before = try #require(try await house.record("one"))
            try await house.store.write { writer in
                try writer.insertUserInput("later", round: 2, of: DiscussionID(rawValue: "one"))
            }
            try await house.touch("one")
            let (cursor, version) = try await house.store.read { reader in
                let record = try reader.findRecord(DiscussionID(rawValue: "one"), of: nil)
                return (record?.cursor ?? 0, record?.discussion.version ?? 0)
            }
            let done = try await restore(folder, house, force: true)
            #expect(done.kind == .over)
            let after = try #require(try await house.record("one"))
            #expect(after.remarks == before.remarks)
            #expect(after.cursor == cursor + 1)
            #expect(after.discussion.version > version, "a cache must not find the old one")
            let events = try await house.store.read {
                try $0.listEvents(of: DiscussionID(rawValue: "one"), after: 0, limit: 10)
            }
            #expect(events.count == 2, "the log of before stays")
        }
    }

    @Test("is not restored over one that an engine is at work on")
    func leased() async throws {
        try await withHouse { house in
            try await house.insert("one", status: .running)
            let folder = try await backup(house)
            try await house.store.write { writer in
                _ = try writer.takeLease(
                    on: DiscussionID(rawValue: "one"),
                    for: "1:1:1",
                    isAlive: { _ in true }
                )
            }
            await #expect { try await restore(folder, house, force: true) } throws: {
                "\($0)".contains("being worked on")
            }
        }
    }

    @Test("that was erased comes back only by force")
    func erased() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let folder = try await backup(house)
            let kept = house.directory + "/carried-away"
            try FileManager.default.copyItem(atPath: folder, toPath: kept)
            try await house.erase("one")
            #expect(house.folders("one").isEmpty)
            await #expect { try await restore(kept, house) } throws: { "\($0)".contains("erased for good") }
            #expect(try await house.record("one") == nil)
            #expect(try await restore(kept, house, force: true).kind == .back)
        }
    }

    @Test("is rehearsed without a change")
    func rehearsal() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let folder = try await backup(house)
            #expect(try await restore(folder, house, force: true, rehearse: true).kind == .over)
            let done = try await restore(folder, house, rehearse: true)
            if case .beside = done.kind {} else { Issue.record("\(done.kind)") }
            #expect(try await house.store.read { try $0.listKeptDiscussions() }.count == 1)
            #expect(try await house.store.read { try $0.newestEvent() } == 0)
        }
    }

    @Test("of somebody unknown asks whose it shall be")
    func stranger() async throws {
        try await withHouse { house in
            try await house.insert("one")
            let folder = try await backup(house)
            try await withHouse { other in
                try await other.rename("ann")
                await #expect { try await restore(folder, other) } throws: { "\($0)".contains("--owner") }
                await #expect { try await restore(folder, other, owner: "bob") } throws: {
                    "\($0)".contains("nobody named bob")
                }
                #expect(try await restore(folder, other, owner: "ann").owner == "ann")
            }
        }
    }

    @Test("whose JSON was cut off is refused, and nothing is touched", arguments: [0, 10, 50, 99])
    func truncated(percent: Int) async throws {
        try await withHouse { house in
            try await house.insert("one")
            let folder = try await backup(house)
            let path = URL(filePath: folder + "/discussion.json")
            let data = try Data(contentsOf: path)
            try data.prefix(data.count * percent / 100).write(to: path)
            await #expect { try await restore(folder, house, force: true) } throws: {
                "\($0)".contains("discussion.json is damaged")
            }
            #expect(try await house.store.read { try $0.newestEvent() } == 0)
        }
    }
}

extension House {
    /// The one person gets another name.
    fileprivate func rename(_ name: String) async throws {
        try await store.write { writer in
            try writer.db.execute(sql: "UPDATE users SET name = ?", arguments: [name])
        }
    }
}
