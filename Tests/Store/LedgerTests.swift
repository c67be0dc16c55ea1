import Domain
import Doubles
import Store
import Testing

@Suite("The ledger of commands", .timeLimit(.minutes(5)))
struct LedgerTests {
    struct Refused: Error {}

    private static func command(
        _ id: String = "c1",
        of person: PersonID,
        hash: String = "h1"
    ) -> Command {
        Command(id: id, name: "start-dialogue", person: person, hash: hash)
    }

    /// What a start does: a discussion and its first event.
    private static func start(_ id: String, of owner: PersonID)
        -> @Sendable (StoreWriter) throws -> DiscussionID
    {
        { writer in
            let discussion = sample(id, of: owner)
            try writer.insert(discussion)
            try writer.append(note(1), of: discussion.id)
            return discussion.id
        }
    }

    @Test("acknowledges a command with its id, its discussion and its newest event")
    func acknowledgement() async throws {
        try await withStore { store in
            let person = try await store.person(named: "one").id
            let answer = try await store.perform(Self.command(of: person), Self.start("d1", of: person))
            let expected = Acknowledgement(
                event: "start-dialogue",
                id: "c1",
                discussion: .init(rawValue: "d1"),
                cursor: 1,
                replayed: false,
                acceptedAt: answer.acceptedAt
            )
            #expect(answer == expected)
        }
    }

    @Test("gives the same answer again and does nothing, also after the store was closed and opened")
    func replay() async throws {
        try await withDatabasePath { path in
            var store = try Store(path: path)
            let person = try await store.person(named: "one").id
            var expected = try await store.perform(Self.command(of: person), Self.start("d1", of: person))
            expected.replayed = true
            try await store.write { writer in _ = try writer.append(note(2), of: .init(rawValue: "d1")) }
            #expect(
                try await store.perform(Self.command(of: person), Self.start("d2", of: person)) == expected
            )
            try store.close()
            store = try Store(path: path)
            #expect(
                try await store.perform(Self.command(of: person), Self.start("d3", of: person)) == expected
            )
            let listed = try await store.read { reader in try reader.listDiscussions(of: person, limit: 10) }
            #expect(listed.map(\.id.rawValue) == ["d1"])
            try store.close()
        }
    }

    @Test("refuses another content under an id that was used, and keeps nothing of it")
    func conflict() async throws {
        try await withStore { store in
            let person = try await store.person(named: "one").id
            _ = try await store.perform(Self.command(of: person), Self.start("d1", of: person))
            await #expect(throws: CommandConflict.self) {
                try await store.perform(Self.command(of: person, hash: "h2"), Self.start("d2", of: person))
            }
            let listed = try await store.read { reader in try reader.listDiscussions(of: person, limit: 10) }
            #expect(listed.count == 1)
        }
    }

    @Test("keeps the ids of two people apart")
    func twoPeople() async throws {
        try await withStore { store in
            let one = try await store.person(named: "one").id
            let two = try await store.person(named: "two").id
            _ = try await store.perform(Self.command(of: one), Self.start("d1", of: one))
            let answer = try await store.perform(Self.command(of: two, hash: "h2"), Self.start("d2", of: two))
            #expect(answer.discussion.rawValue == "d2")
            #expect(!answer.replayed)
        }
    }

    @Test("lets 50 duplicates at once have one effect, and gives each of them its acknowledgement")
    func duplicates() async throws {
        try await withStore { store in
            let person = try await store.person(named: "one").id
            let answers = try await withThrowingTaskGroup(of: Acknowledgement.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await store.perform(
                            Self.command(of: person),
                            Self.start("d\(number)", of: person)
                        )
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { !$0.replayed }.count == 1)
            #expect(answers.filter(\.replayed).count == 49)
            #expect(Set(answers.map(\.discussion)).count == 1)
            #expect(Set(answers.map(\.cursor)) == [1])
            let listed = try await store.read { reader in try reader.listDiscussions(of: person, limit: 100) }
            #expect(listed.map(\.id) == [answers[0].discussion])
            #expect(try await store.read { reader in try reader.newestEvent() } == 1)
        }
    }

    @Test("keeps nothing of a refused command, which may succeed later under the same id, with any content")
    func refusal() async throws {
        try await withStore { store in
            let person = try await store.person(named: "one").id
            let waiter = store.bell.arm(.init(rawValue: "d1"))
            await #expect(throws: Refused.self) {
                try await store.perform(Self.command(of: person)) { writer in
                    _ = try Self.start("d1", of: person)(writer)
                    throw Refused()
                }
            }
            #expect(store.bell.count == 1)
            waiter.disarm()
            #expect(try await store.read { reader in try reader.newestEvent() } == 0)
            let answer = try await store.perform(
                Self.command(of: person, hash: "h2"),
                Self.start("d1", of: person)
            )
            #expect(!answer.replayed)
        }
    }
}
