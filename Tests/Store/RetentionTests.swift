import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("Retention", .timeLimit(.minutes(5)))
struct RetentionTests {
    @Test("removes the oldest events in short steps, and remembers how far")
    func prefix() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let discussion = try await store.insertSample()
            for number in 1...10 {
                _ = try await store.write { writer in try writer.append(note(number), of: discussion.id) }
                clock.advance(by: 60)
            }
            // Events 1 to 4 are older than this.
            let limit = clock.now.addingTimeInterval(-60 * 6 - 1)
            func remove() async throws -> Int {
                try await store.write { writer in try writer.removeEvents(before: limit, limit: 3) }
            }
            #expect(try await store.read { reader in try reader.newestRemovedEvent() } == 0)
            #expect(try await remove() == 3)
            #expect(try await store.read { reader in try reader.newestRemovedEvent() } == 3)
            #expect(try await remove() == 1)
            #expect(try await remove() == 0)
            #expect(try await store.events(of: discussion.id).map(\.id) == Array(5...10))
            let (removed, newest) = try await store.read { reader in
                (try reader.newestRemovedEvent(), try reader.newestEvent())
            }
            #expect(removed == 4 && newest == 10)
        }
    }

    @Test("removes the whole log where all of it is old, and numbers go on")
    func whole() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let discussion = try await store.insertSample()
            try await store.write { writer in
                for number in 1...5 { try writer.append(note(number), of: discussion.id) }
                try writer.append(
                    .error(.init(code: .noProvider, message: "Nobody.", status: .waiting)),
                    of: discussion.id
                )
            }
            clock.advance(by: 3_600)
            let now = clock.now
            let removed = try await store.write { writer in
                try writer.removeEvents(before: now, limit: 100)
            }
            #expect(removed == 6)
            #expect(try await store.read { reader in try reader.newestRemovedEvent() } == 6)
            // What the page says of the last step does not depend on the log.
            let failure = try await store.read { reader in
                try reader.findStandingFailure(of: discussion.id)
            }
            #expect(failure?.message == "Nobody.")
            #expect(try await store.write { writer in try writer.append(note(7), of: discussion.id) } == 7)
        }
    }

    @Test("forgets acknowledgements by their age, the oldest first, and no others")
    func ledger() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let discussion = try await store.insertSample()
            func command(_ number: Int) -> Command {
                Command(id: "c\(number)", name: "proceed-dialogue", person: discussion.owner, hash: "h")
            }
            for number in 1...6 {
                _ = try await store.perform(command(number)) { _ in discussion.id }
                clock.advance(by: 24 * 3_600)
            }
            clock.advance(by: 4 * 24 * 3_600)
            let before = clock.now.addingTimeInterval(-ledgerTime)
            let steps = try await store.write { writer in
                try (0..<3).map { _ in try writer.removeCommands(before: before, limit: 2) }
            }
            #expect(steps == [2, 1, 0])
            // A retry of a kept one is answered, one of a forgotten one is performed anew.
            #expect(try await store.perform(command(4)) { _ in discussion.id }.replayed)
            #expect(try await !store.perform(command(3)) { _ in discussion.id }.replayed)
            let plan = try await store.read { reader in
                try Row.fetchAll(
                    reader.db,
                    sql: "EXPLAIN QUERY PLAN SELECT person, id FROM commands WHERE at < 5 ORDER BY at LIMIT 2"
                ).map { $0["detail"] as String }
            }
            #expect(plan == ["SEARCH commands USING COVERING INDEX commands_by_age (at<?)"])
        }
    }
}

@Suite("Compaction", .timeLimit(.minutes(5)))
struct CompactionTests {
    private static func speak(_ message: String, chunks: Int, ends: Bool) -> [EventBody] {
        let id = MessageID(rawValue: message)
        var said = Samples.message
        said.content = String(repeating: "x", count: chunks)
        let start = EventBody.messageStart(
            .init(
                messageId: id,
                round: 1,
                seat: 1,
                persona: .analyzer,
                turn: 1,
                provider: .local,
                model: "l"
            )
        )
        let words = (0..<chunks).map {
            EventBody.messageChunk(.init(messageId: id, offset: $0, text: "x"))
        }
        return [start] + words + (ends ? [.messageComplete(.init(message: said))] : [])
    }

    @Test("removes the chunks of complete messages, and those alone, whatever the size of its steps")
    func chunks() async throws {
        for limit in [1, 2, 3, 5, 100] {
            let clock = Instants()
            try await withStore(now: { clock.now }) { store in
                let one = try await store.insertSample("one")
                let two = try await store.insertSample("two")
                // Two discussions speak at the same time; the second message of `two` is still being spoken.
                let first = Self.speak("m1", chunks: 4, ends: true) + Self.speak("m2", chunks: 3, ends: true)
                let second =
                    Self.speak("m3", chunks: 5, ends: true) + Self.speak("m4", chunks: 2, ends: false)
                try await store.write { writer in
                    for (one_, two_) in zip(first, second) {
                        try writer.append(one_, of: one.id)
                        try writer.append(two_, of: two.id)
                    }
                    for body in first.dropFirst(second.count) { try writer.append(body, of: one.id) }
                }
                clock.advance(by: 1)
                let now = clock.now
                while try await store.write({ writer in
                    try writer.compactChunks(completeBefore: now, limit: limit)
                }) > 0 {}
                let ones = try await store.events(of: one.id).map(\.body.type)
                let twos = try await store.events(of: two.id).map(\.body.type)
                #expect(
                    ones == ["message-start", "message-complete", "message-start", "message-complete"],
                    "steps of \(limit)"
                )
                #expect(
                    twos == [
                        "message-start", "message-complete", "message-start", "message-chunk",
                        "message-chunk",
                    ],
                    "steps of \(limit)"
                )
                // Nothing expired: whoever asks from anywhere is answered.
                #expect(try await store.read { reader in try reader.newestRemovedEvent() } == 0)
                // The open message ends later, and its chunks go with a later look.
                try await store.write { writer in
                    _ = try writer.append(.messageComplete(.init(message: Samples.message)), of: two.id)
                }
                clock.advance(by: 1)
                let later = clock.now
                while try await store.write({ writer in
                    try writer.compactChunks(completeBefore: later, limit: limit)
                }) > 0 {}
                #expect(try await !store.events(of: two.id).contains { $0.body.type == "message-chunk" })
            }
        }
    }

    @Test("leaves alone what was completed after the given moment")
    func recent() async throws {
        let clock = Instants()
        try await withStore(now: { clock.now }) { store in
            let discussion = try await store.insertSample()
            try await store.write { writer in
                for body in Self.speak("m1", chunks: 3, ends: true) {
                    try writer.append(body, of: discussion.id)
                }
            }
            let before = clock.now.addingTimeInterval(-1)
            let looked = try await store.write { writer in
                try writer.compactChunks(completeBefore: before, limit: 100)
            }
            #expect(looked == 0)
            #expect(try await store.events(of: discussion.id).count == 5)
        }
    }
}
