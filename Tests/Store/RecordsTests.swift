import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("A part of a discussion", .timeLimit(.minutes(5)))
struct RecordsTests {
    @Test("is read without the other rounds: a fault in one of those does not touch it")
    func bounded() async throws {
        try await withStore { store in
            let owner = try await store.write { writer in try writer.findOrInsertLocalPerson() }
            let record = FullDiscussion.record(of: owner)
            let id = record.discussion.id
            try await store.write { writer in
                try writer.insert(record)
                try writer.db.execute(sql: "UPDATE messages SET provider = 'unknown' WHERE round = 1")
            }
            await #expect(throws: UnknownWord.self) {
                try await store.read { try $0.findRecord(id, of: owner.id) }
            }
            let transcript = try await store.read { try $0.findTranscript(id, of: owner.id, .only(2)) }
            #expect(transcript?.rounds.map(\.number) == [2])
            let message = try await store.read {
                try $0.findMessage(MessageID(rawValue: "full-m5"), of: id)
            }
            #expect(message == record.rounds[1].messages[1].message)
            let other = try await store.read {
                try $0.findMessage(MessageID(rawValue: "full-m5"), of: DiscussionID(rawValue: "other"))
            }
            #expect(other == nil)
        }
    }

    @Test("tells what each model was asked for, added up as the answers came")
    func asked() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            let usage = Usage(
                provider: .local,
                model: "l",
                purpose: .verdict,
                promptTokens: 10,
                completionTokens: 5,
                cost: 0.5
            )
            for _ in 1...2 {
                try await store.write { writer in
                    try writer.insert([usage], of: discussion.id, on: "2026-11-23")
                }
            }
            let record = try await store.read { try $0.findRecord(discussion.id, of: nil) }
            let cost = Cost(usd: 1, promptTokens: 20, completionTokens: 10)
            #expect(
                record?.asked
                    == [.init(provider: .local, model: "l", purpose: .verdict, answers: 2, cost: cost)]
            )
            try await store.write { writer in
                try writer.delete(discussion.id)
                _ = try writer.eraseDiscussions(deletedBefore: .distantFuture, limit: 1)
            }
            #expect(try await store.read { try $0.findRecord(discussion.id, of: nil) } == nil)
        }
    }
}
