import Domain
import Doubles
import GRDB
import Testing

@testable import Store

@Suite("A person's stream", .timeLimit(.minutes(5)))
struct EventStreamTests {
    @Test("holds the events of all their discussions in order, and of nobody else's")
    func own() async throws {
        try await withStore { store in
            let (one, two) = (try await store.person(named: "one"), try await store.person(named: "two"))
            try await store.write { writer in
                for (name, owner) in [("a", one), ("b", two), ("c", one)] {
                    try writer.insert(sample(name, of: owner.id))
                }
                for number in 1...9 {
                    try writer.append(note(number), of: .init(rawValue: ["c", "a", "b"][number % 3]))
                }
            }
            let (mine, later, theirs) = try await store.read { reader in
                (
                    try reader.listRecords(of: .person(one.id), after: 0, limit: 100),
                    try reader.listRecords(of: .person(one.id), after: 4, limit: 2),
                    try reader.listRecords(of: .person(two.id), after: 0, limit: 100)
                )
            }
            #expect(mine.map(\.id) == [1, 3, 4, 6, 7, 9])
            #expect(mine.map(\.discussion.rawValue) == ["a", "c", "a", "c", "a", "c"])
            #expect(later.map(\.id) == [6, 7])
            #expect(theirs.map(\.id) == [2, 5, 8])
            #expect(mine.first?.type == "message-chunk")
            #expect(mine.first?.json.contains("\"offset\":1") == true)
        }
    }

    @Test("is read by an index, and so is a discussion's: the cost is that of the answer, not of the history")
    func plan() async throws {
        try await withStore { store in
            for (column, index) in [("owner", "events_of_owner"), ("discussion", "events_of_discussion")] {
                let plan = try await store.read { reader in
                    try Row.fetchAll(
                        reader.db,
                        sql: """
                            EXPLAIN QUERY PLAN
                            SELECT * FROM events WHERE \(column) = 'x' AND id > 5 ORDER BY id LIMIT 1000
                            """
                    ).map { $0["detail"] as String }
                }
                #expect(plan == ["SEARCH events USING INDEX \(index) (\(column)=? AND id>?)"])
            }
        }
    }

    @Test("rings for its person with each commit, and for nobody else")
    func rings() async throws {
        try await withStore { store in
            let one = try await store.insertSample()
            let other = try await store.person(named: "other")
            let (mine, theirs) = (store.bell.arm(.person(one.owner)), store.bell.arm(.person(other.id)))
            try await store.write { writer in _ = try writer.append(note(1), of: one.id) }
            #expect(await mine.wait(atMost: .seconds(30)))
            #expect(store.bell.count == 1)
            theirs.disarm()
        }
    }
}

@Suite("The step to event delivery", .timeLimit(.minutes(5)))
struct EventDeliveryTests {
    @Test("gives every event its discussion's owner, and every discussion the failure it ended with")
    func migration() async throws {
        try await withDatabasePath { path in
            let queue = try DatabaseQueue(path: path)
            try Migrations.all.migrate(queue, upTo: "1 discussions")
            try await queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO users VALUES ('p', 'one', 0), ('q', 'two', 0);
                        INSERT INTO discussions VALUES
                            ('failed', 'p', 'Why?', 'any', 'waiting', NULL, 20, 1, 0, 0, NULL, NULL, NULL),
                            ('went on', 'q', 'Why?', 'any', 'waiting', NULL, 20, 1, 0, 0, NULL, NULL, NULL),
                            ('new', 'q', 'Why?', 'any', 'waiting', NULL, 20, 1, 0, 0, NULL, NULL, NULL);
                        """
                )
                let failure = #"{"activity":null,"code":"LLM_TIMEOUT","message":"Late.","status":"waiting"}"#
                for (discussion, type) in [
                    ("failed", "discussion-stopped"), ("went on", "error"), ("went on", "discussion-stopped"),
                    ("failed", "error"),
                ] {
                    try db.execute(
                        sql: "INSERT INTO events (discussion, type, data, at) VALUES (?, ?, ?, 0)",
                        arguments: [
                            discussion, type,
                            type == "error" ? failure : #"{"activity":null,"status":"waiting"}"#,
                        ]
                    )
                }
            }
            try queue.close()
            let store = try Store(path: path)
            let (failures, streams) = try await store.read { reader in
                (
                    try ["failed", "went on", "new"].map {
                        try reader.findStandingFailure(of: .init(rawValue: $0))?.message
                    },
                    try ["p", "q"].map {
                        try reader.listRecords(of: .person(.init(rawValue: $0)), after: 0, limit: 9).map(\.id)
                    }
                )
            }
            #expect(failures == ["Late.", nil, nil])
            #expect(streams == [[1, 4], [2, 3]])
            try store.close()
        }
    }
}
