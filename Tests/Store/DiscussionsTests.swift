import Domain
import Doubles
import Foundation
import Store
import Testing

@Suite("Discussions in the store", .timeLimit(.minutes(5)))
struct DiscussionsTests {
    @Test("are found as they were inserted", arguments: [DiscussionStatus.running, .waiting, .resolved])
    func find(status: DiscussionStatus) async throws {
        try await withStore { store in
            let owner = try await store.person(named: "one")
            let discussion = sample(of: owner.id, status: status)
            try await store.write { writer in try writer.insert(discussion) }
            let found = try await store.read { reader in
                try reader.findDiscussion(discussion.id, of: owner.id)
            }
            #expect(found == discussion)
        }
    }

    @Test("are not found by another person, whichever way they look")
    func strangers() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            let stranger = try await store.person(named: "stranger").id
            try await store.read { reader throws in
                #expect(try reader.findDiscussion(discussion.id, of: stranger) == nil)
                #expect(try reader.findTranscript(discussion.id, of: stranger) == nil)
                #expect(try reader.listDiscussions(of: stranger, limit: 10).isEmpty)
                #expect(try reader.findTranscript(discussion.id, of: discussion.owner) != nil)
            }
        }
    }

    @Test("are listed newest first, page by page, none twice and none left out, also at equal times")
    func paging() async throws {
        try await withStore { store in
            let owner = try await store.person(named: "one")
            let other = try await store.person(named: "two")
            let start = Date(timeIntervalSince1970: 1_796_000_000)
            // 40 in one and the same millisecond, others before and after, and a stranger's in between.
            let times = (0..<60).map {
                start.addingTimeInterval($0 < 10 ? 10 : $0 < 50 ? 5 : Double(60 - $0) / 8)
            }
            try await store.write { writer in
                for (index, time) in times.enumerated().shuffled() {
                    try writer.insert(sample("d\(index)", of: owner.id, at: time))
                    try writer.insert(sample("x\(index)", of: other.id, at: time))
                }
            }
            for limit in [1, 7, 20, 59, 60, 61] {
                var listed: [Discussion] = []
                var key: ListKey?
                repeat {
                    let after = key
                    let page = try await store.read { reader in
                        try reader.listDiscussions(of: owner.id, before: after, limit: limit)
                    }
                    #expect(page.count <= limit)
                    listed += page
                    key = page.last.map { ListKey(updatedAt: $0.updatedAt, id: $0.id) }
                } while key != nil
                #expect(listed.count == 60)
                #expect(Set(listed.map(\.id)).count == 60)
                #expect(listed.map(\.updatedAt) == times.sorted(by: >))
            }
        }
    }

    @Test("are listed for the engine while they run, the longest untouched first")
    func running() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let owner = try await store.person(named: "one")
            try await store.write { writer in
                for id in ["a", "b", "c", "d"] { try writer.insert(sample(id, of: owner.id, at: clock.now)) }
            }
            for (id, status) in [("b", DiscussionStatus.waiting), ("a", .running), ("c", .resolved)] {
                clock.advance(by: 1)
                try await store.write { writer in
                    try writer.update(.init(rawValue: id), status: status, activity: nil)
                }
            }
            let now = clock.now
            let running = try await store.read { reader in try reader.listOrphans(at: now) { _ in true } }
            #expect(running.map(\.id.rawValue) == ["d", "a"])
            #expect(running.allSatisfy { $0.owner == owner.id })
        }
    }

    @Test("come with their rounds and messages in order, and with the log's end")
    func transcript() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            var message = Samples.message
            try await store.write { writer in
                for round in 1...2 {
                    try writer.insertRound(round, of: discussion.id)
                    for seat in [3, 1, 2] {
                        let turn = (round - 1) * 3 + seat
                        let message = Message(
                            id: MessageID(rawValue: "m\(turn)"),
                            seat: seat,
                            persona: Persona.panel[seat - 1],
                            turn: turn,
                            content: "turn \(turn)",
                            provider: .local,
                            model: "l",
                            fallback: false,
                            promptVersion: "1",
                            finished: true
                        )
                        try writer.insert(message, round: round, of: discussion.id)
                    }
                }
                try writer.completeRound(1, of: discussion.id)
                try writer.append(note(1), of: discussion.id)
            }
            let transcript = try #require(
                try await store.read { reader in
                    try reader.findTranscript(discussion.id, of: discussion.owner)
                }
            )
            #expect(transcript.rounds.map(\.number) == [1, 2])
            #expect(transcript.rounds.map(\.complete) == [true, false])
            #expect(transcript.rounds.flatMap { $0.messages.map(\.turn) } == [1, 2, 3, 4, 5, 6])
            #expect(transcript.rounds[0].messages.map(\.persona) == Persona.panel)
            #expect(transcript.cursor == 1)
            #expect(transcript.speaking == nil)
            message = transcript.rounds[1].messages[0]
            #expect(message.content == "turn 4")
        }
    }

    @Test("keep what a message is given: its words as they come, then all that is known of it")
    func messages() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            try await store.write { writer in
                try writer.insertRound(1, of: discussion.id)
                try writer.insert(Samples.message, round: 1, of: discussion.id)
                #expect(try writer.append(" and more", to: Samples.message.id))
            }
            func stored() async throws -> Message? {
                try await store.read { reader in
                    try reader.findTranscript(discussion.id, of: discussion.owner)?.rounds[0].messages[0]
                }
            }
            #expect(try await stored()?.content == "Ärger 👋 and more")
            let complete = Message(
                id: Samples.message.id,
                seat: 1,
                persona: .analyzer,
                turn: 1,
                content: "All.",
                provider: .groq,
                model: "g",
                fallback: true,
                truncated: true,
                promptTokens: 7,
                completionTokens: 5,
                durationMs: 1_200,
                timeToFirstTokenMs: 80,
                promptVersion: "2",
                finished: true
            )
            try await store.write { writer in try writer.update(complete) }
            #expect(try await stored() == complete)
        }
    }

    @Test("let a seat speak only once a round")
    func oneMessageASeat() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            await #expect(throws: (any Error).self) {
                try await store.write { writer in
                    try writer.insertRound(1, of: discussion.id)
                    try writer.insert(Samples.message, round: 1, of: discussion.id)
                    let again = Message(
                        id: MessageID(rawValue: "m2"),
                        seat: 1,
                        persona: .analyzer,
                        turn: 1,
                        content: "",
                        provider: .local,
                        model: "l",
                        fallback: false,
                        promptVersion: "1",
                        finished: false
                    )
                    try writer.insert(again, round: 1, of: discussion.id)
                }
            }
        }
    }

    @Test("belong to the one local person, who is made once")
    func localPerson() async throws {
        try await withStore { store in
            let people = try await withThrowingTaskGroup(of: Person.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await store.write { writer in try writer.findOrInsertLocalPerson() } }
                }
                return try await group.reduce(into: Set<Person>()) { $0.insert($1) }
            }
            #expect(people.count == 1)
        }
    }
}
