import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("A database of an earlier version")
struct MigrationTests {
    /// Everything that a migration has to carry over, as each earlier version wrote it.
    private static let written = """
        INSERT INTO users (id, name, created_at) VALUES ('u', 'local', 0);
        INSERT INTO discussions (id, owner, topic, place, status, activity, round_limit, version, created_at,
            updated_at) VALUES ('d', 'u', 'Why?', 'any', 'waiting', NULL, 20, 3, 0, 0);
        INSERT INTO seats VALUES ('d', 1, 'Analyzer', 'mistral', 'm');
        INSERT INTO rounds (discussion, number, complete, started_at) VALUES ('d', 1, 1, 0);
        INSERT INTO messages (id, discussion, round, seat, turn, content, provider, model, fallback, truncated,
            finished, prompt_version, created_at)
            VALUES ('m', 'd', 1, 1, 1, 'Because.', 'mistral', 'm', 0, 0, 1, '1', 0);
        INSERT INTO events (discussion, type, data, at) VALUES ('d', 'round-complete',
            '{"activity":null,"round":1,"status":"waiting","waitingForAction":true}', 0);
        INSERT INTO user_inputs (discussion, round, input, created_at) VALUES ('d', 1, 'Really?', 1);
        INSERT INTO question_sets (id, discussion, round, created_at, answered_at) VALUES ('q', 'd', 1, 2, 3);
        INSERT INTO questions VALUES ('q', 0, '1', 'When?');
        INSERT INTO answers VALUES ('q', '1', 'Soon.');
        INSERT INTO resolutions (discussion, data, created_at)
            VALUES ('d', '{"reason":"agreed","round":1,"conclusion":"Settled.","agree":[],"dissent":[],
            "openQuestions":[],"provider":null,"model":null}', 4);
        """

    @Test(arguments: Array(Migrations.all.migrations.dropLast()))
    func `is brought to this version, and nothing of it is lost`(version: String) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer {
            for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
        }
        let old = try DatabaseQueue(path: path)
        try Migrations.all.migrate(old, upTo: version)
        try await old.write { try $0.execute(sql: Self.written) }
        try old.close()

        let store = try Store(path: path)
        let transcript = try await store.read { reader in
            try reader.findTranscript(DiscussionID(rawValue: "d"), of: PersonID(rawValue: "u"))
        }
        #expect(transcript?.rounds.first?.messages.first?.content == "Because.")
        #expect(transcript?.rounds.first?.messages.first?.cost == nil)
        #expect(transcript?.discussion.cost == Cost())
        let events = try await store.events(of: DiscussionID(rawValue: "d"))
        #expect(
            events.map(\.body) == [.roundComplete(.init(round: 1, waitingForAction: true, status: .waiting))]
        )
        for typed in ["why", "because", "really", "soon", "settled"] {
            let words = try #require(SearchWords(typed))
            let found = try await store.read {
                try $0.search(for: words, of: PersonID(rawValue: "u"), limit: 2)
            }
            #expect(found.results.map(\.discussion.id.rawValue) == ["d"], "\(typed)")
        }
        // What was indexed by the migration is erased as what was indexed since.
        let left = try await store.write { writer in
            try writer.delete(DiscussionID(rawValue: "d"))
            _ = try writer.eraseDiscussions(deletedBefore: .distantFuture, limit: 1)
            return try Int.fetchOne(writer.db, sql: "SELECT count(*) FROM search_texts")
        }
        #expect(left == 0)
        try store.close()
    }
}
