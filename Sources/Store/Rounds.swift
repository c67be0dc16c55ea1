package import Domain
import GRDB

extension StoreReader {
    /// The discussion with its rounds and the cursor of this very snapshot, if it is this person's.
    ///
    /// - Parameter span: which rounds; a discussion may have a thousand. With less than all of them the
    ///   standing summary is the only one.
    package func findTranscript(
        _ id: DiscussionID,
        of person: PersonID,
        _ span: RoundSpan = .all
    ) throws -> Transcript? {
        guard let discussion = try findDiscussion(id, of: person) else { return nil }
        let summaries = try listSummaries(of: id, newestOnly: !span.isWhole)
        let newest = try newestRound(of: id)
        let first = span.first(newest: newest, summarised: summaries.last?.throughRound ?? 0)
        let last = span.last(newest: newest)
        let messages = Dictionary(grouping: try listMessages(of: id, in: first, last), by: \.round)
        let questions = try listQuestionSets(of: id, in: first, last)
        let inputs = try listUserInputs(of: id, in: first, last)
        let rounds = try Row.fetchAll(
            db,
            sql: """
                SELECT number, complete FROM rounds
                WHERE discussion = ? AND number BETWEEN ? AND ? ORDER BY number
                """,
            arguments: [id.rawValue, first, last]
        ).map { row in
            let number: Int = row["number"]
            return Round(
                number: number,
                complete: row["complete"],
                messages: messages[number]?.map(\.message) ?? [],
                questionSet: questions[number]?.set,
                answers: questions[number]?.answers,
                userInput: inputs[number] ?? []
            )
        }
        return Transcript(
            discussion: discussion,
            rounds: rounds,
            summaries: summaries,
            resolution: try findResolution(of: id),
            files: try listFiles(of: id),
            cursor: try newestEvent()
        )
    }
}

extension StoreReader {
    /// The number of the last round; 0 before the first.
    package func newestRound(of discussion: DiscussionID) throws -> Int {
        try Int.fetchOne(
            db,
            sql: "SELECT number FROM rounds WHERE discussion = ? ORDER BY number DESC LIMIT 1",
            arguments: [discussion.rawValue]
        ) ?? 0
    }
}

/// Which rounds of a discussion are read.
package enum RoundSpan: Sendable {
    case all
    /// Those from one to another; none, where the second is before the first.
    case between(Int, Int)
    /// This one, if there is one of that number.
    case only(Int)
    /// So many from the end.
    case last(Int)
    /// The last that the standing summary covers, for what the person said after it, and all that follow.
    case sinceSummary

    func first(newest: Int, summarised: Int) -> Int {
        switch self {
        case .all: 1
        case .between(let first, _): first
        case .only(let number): number
        case .last(let count): max(1, newest - count + 1)
        case .sinceSummary: max(1, min(summarised, newest))
        }
    }

    func last(newest: Int) -> Int {
        switch self {
        case .between(_, let last): last
        case .only(let number): number
        case .all, .last, .sinceSummary: newest
        }
    }

    /// Every round, and every summary that there was; else the standing one is enough.
    package var isWhole: Bool {
        if case .all = self { true } else { false }
    }
}

extension StoreWriter {
    package func insertRound(_ number: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: "INSERT INTO rounds (discussion, number, complete, started_at) VALUES (?, ?, 0, ?)",
            arguments: [discussion.rawValue, number, now.milliseconds]
        )
    }

    package func completeRound(_ number: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: "UPDATE rounds SET complete = 1, completed_at = ? WHERE discussion = ? AND number = ?",
            arguments: [now.milliseconds, discussion.rawValue, number]
        )
    }
}
