import Domain
import Doubles
import Testing

@testable import Store

@Suite("A consumer", .timeLimit(.minutes(5)))
struct ConsumerTests {
    @Test("goes on after what it acknowledged last, before and after it is written, and after a restart")
    func resumes() async throws {
        try await withDatabasePath { path in
            var store = try Store(path: path)
            let person = try await store.person(named: "one").id
            #expect(try await store.consumerCursor("tail", of: person) == 0)
            store.consumers.acknowledge(7, by: "tail", of: person)
            store.consumers.acknowledge(9, by: "tail", of: person)
            // An older request that comes late.
            store.consumers.acknowledge(8, by: "tail", of: person)
            #expect(try await store.consumerCursor("tail", of: person) == 9)
            #expect(try await store.read { reader in try reader.findConsumerCursor("tail", of: person) } == 0)
            try await store.flushConsumers()
            #expect(try await store.read { reader in try reader.findConsumerCursor("tail", of: person) } == 9)
            #expect(store.consumers.noted(by: "tail", of: person) == nil)
            try store.close()
            store = try Store(path: path)
            #expect(try await store.consumerCursor("tail", of: person) == 9)
            store.consumers.acknowledge(3, by: "tail", of: person)
            try await store.flushConsumers()
            #expect(try await store.consumerCursor("tail", of: person) == 9)
            try store.close()
        }
    }

    @Test("is known by its name and its person")
    func apart() async throws {
        try await withStore { store in
            let (one, two) = (
                try await store.person(named: "one").id, try await store.person(named: "two").id
            )
            for person in [one, two] {
                for name in ["a", "b"] { _ = try await store.consumerCursor(name, of: person) }
            }
            store.consumers.acknowledge(5, by: "a", of: one)
            try await store.flushConsumers()
            #expect(try await store.consumerCursor("b", of: one) == 0)
            #expect(try await store.consumerCursor("a", of: two) == 0)
        }
    }

    @Test("is listed with how far it is behind")
    func lag() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.write { writer in
                for number in 1...12 { try writer.append(note(number), of: discussion.id) }
            }
            for (name, cursor) in [("slow", 5), ("up to date", 12)] {
                _ = try await store.consumerCursor(name, of: discussion.owner)
                store.consumers.acknowledge(cursor, by: name, of: discussion.owner)
            }
            try await store.flushConsumers()
            let listed = try await store.read { reader in try reader.listConsumers() }
            #expect(listed.map(\.name) == ["slow", "up to date"])
            #expect(listed.map(\.cursor) == [5, 12])
            #expect(listed.map(\.lag) == [7, 0])
            #expect(listed.allSatisfy { $0.person == discussion.owner })
        }
    }

    @Test("is one of at most a hundred")
    func most() async throws {
        try await withStore { store in
            let person = try await store.person(named: "one").id
            for number in 1...Consumer.most { _ = try await store.consumerCursor("c\(number)", of: person) }
            await #expect(throws: TooManyConsumers.self) {
                try await store.consumerCursor("one more", of: person)
            }
            #expect(try await store.consumerCursor("c1", of: person) == 0)
        }
    }

    @Test(
        "has a name of letters, digits, dots, underscores and hyphens",
        arguments: [
            ("a", true), ("My-script_2.1", true), (String(repeating: "x", count: 64), true), ("", false),
            (String(repeating: "x", count: 65), false), ("a b", false), ("ä", false), ("a/b", false),
        ]
    )
    func name(name: String, isValid: Bool) {
        #expect(Consumer.isValid(name: name) == isValid)
    }
}
