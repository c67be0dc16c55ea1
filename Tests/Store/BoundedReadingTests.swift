import Domain
import Doubles
import Foundation
import GRDB
import Testing

@testable import Store

@Suite("A page of a long discussion", .timeLimit(.minutes(5)))
struct BoundedReadingTests {
    /// What the page reads of a discussion: its last rounds with their words, and outlines of twenty.
    private static func steps(_ store: Store, _ discussion: Discussion) async throws -> Int {
        try await store.read { reader in
            let steps = Steps()
            reader.db.trace(options: .statement) { steps.statements.append($0.expandedDescription) }
            let transcript = try reader.findTranscript(discussion.id, of: discussion.owner, .last(2))
            let newest = try reader.newestRound(of: discussion.id)
            let outlines = try reader.listOutlines(of: discussion.id, in: max(1, newest - 19), newest)
            reader.db.trace(options: [])
            #expect(transcript?.rounds.count == 2)
            #expect(transcript?.summaries.count == 1)
            #expect(outlines.count == 20)
            // Each finds what it reads by an index: none goes through a table, however long it is.
            for statement in Set(steps.statements) where statement.hasPrefix("SELECT") {
                let plan = try Row.fetchAll(reader.db, sql: "EXPLAIN QUERY PLAN \(statement)")
                for row in plan {
                    let detail: String = row["detail"]
                    // SQLite's own list of counters has one row for each table.
                    let isScan = detail.hasPrefix("SCAN") && detail != "SCAN sqlite_sequence"
                    #expect(!isScan, "\(statement): \(detail)")
                    // In order by the index itself; a part of twenty rounds may be sorted.
                    if statement.contains("LIMIT") {
                        #expect(!detail.contains("TEMP B-TREE"), "\(statement)")
                    }
                }
            }
            return steps.statements.count
        }
    }

    private final class Steps { var statements: [String] = [] }

    @Test("reads as many rows, by indexes alone, with 500 rounds as with 20")
    func bounded() async throws {
        try await withStore { store in
            let discussion = try await store.insertSample()
            func speak(_ numbers: ClosedRange<Int>) async throws {
                try await store.write { writer in
                    for number in numbers {
                        try writer.insertRound(number, of: discussion.id)
                        for seat in 1...3 {
                            try writer.insert(
                                Message(
                                    id: MessageID(rawValue: "m\(number)-\(seat)"),
                                    seat: seat,
                                    persona: Persona.panel[seat - 1],
                                    turn: (number - 1) * 3 + seat,
                                    content: "Said",
                                    provider: .local,
                                    model: "l",
                                    fallback: false,
                                    promptVersion: "1",
                                    finished: true
                                ),
                                round: number,
                                of: discussion.id
                            )
                        }
                        try writer.completeRound(number, of: discussion.id)
                        try writer.insert(
                            Summary(
                                id: SummaryID(rawValue: "s\(number)"),
                                throughRound: number,
                                content: "So far",
                                provider: .local,
                                model: "l",
                                promptVersion: "1"
                            ),
                            of: discussion.id
                        )
                    }
                }
            }
            try await speak(1...20)
            let few = try await Self.steps(store, discussion)
            try await speak(21...500)
            #expect(try await Self.steps(store, discussion) == few)
        }
    }
}
