package import Domain
import GRDB

extension StoreReader {
    /// The newest question set of each round, with the answers to it.
    func listQuestionSets(
        of discussion: DiscussionID,
        in first: Int,
        _ last: Int
    ) throws -> [Int: (set: QuestionSet, answers: [Answer]?)] {
        let sets = try Row.fetchAll(
            db,
            sql: """
                SELECT id, round, answered_at FROM question_sets
                WHERE discussion = ? AND round BETWEEN ? AND ? ORDER BY created_at, rowid
                """,
            arguments: [discussion.rawValue, first, last]
        )
        var newest: [Int: Row] = [:]
        for row in sets { newest[row["round"]] = row }
        return try newest.mapValues { row in
            let set = try questionSet(QuestionSetID(rawValue: row["id"]))
            return (set, row["answered_at"] == nil ? nil : try answers(to: set))
        }
    }

    func questionSet(_ id: QuestionSetID) throws -> QuestionSet {
        let options = Dictionary(
            grouping: try Row.fetchAll(
                db,
                sql: "SELECT question, id, text FROM options WHERE question_set = ? ORDER BY position",
                arguments: [id.rawValue]
            ),
            by: { $0["question"] as String }
        )
        let questions = try Row.fetchAll(
            db,
            sql: "SELECT id, text FROM questions WHERE question_set = ? ORDER BY position",
            arguments: [id.rawValue]
        ).map { row in
            Question(
                id: row["id"],
                text: row["text"],
                options: (options[row["id"]] ?? []).map { Question.Option(id: $0["id"], text: $0["text"]) }
            )
        }
        return QuestionSet(id: id, questions: questions)
    }

    func answers(to set: QuestionSet) throws -> [Answer] {
        let ticks = Set(
            try Row.fetchAll(
                db,
                sql: "SELECT question, option FROM ticks WHERE question_set = ?",
                arguments: [set.id.rawValue]
            ).map { [$0["question"] as String, $0["option"] as String] }
        )
        let words = try Row.fetchAll(
            db,
            sql: "SELECT question, text FROM answers WHERE question_set = ?",
            arguments: [set.id.rawValue]
        ).reduce(into: [String: String]()) { $0[$1["question"]] = $1["text"] as String }
        return set.questions.compactMap { question in
            words[question.id].map { text in
                Answer(
                    question: question.id,
                    options: question.options.map(\.id).filter { ticks.contains([question.id, $0]) },
                    text: text
                )
            }
        }
    }
}

extension StoreWriter {
    package func insert(_ set: QuestionSet, round: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: "INSERT INTO question_sets (id, discussion, round, created_at) VALUES (?, ?, ?, ?)",
            arguments: [set.id.rawValue, discussion.rawValue, round, now.milliseconds]
        )
        for (position, question) in set.questions.enumerated() {
            try db.execute(
                sql: "INSERT INTO questions (question_set, position, id, text) VALUES (?, ?, ?, ?)",
                arguments: [set.id.rawValue, position, question.id, question.text]
            )
            for (place, option) in question.options.enumerated() {
                try db.execute(
                    sql: """
                        INSERT INTO options (question_set, question, position, id, text)
                        VALUES (?, ?, ?, ?, ?)
                        """,
                    arguments: [set.id.rawValue, question.id, place, option.id, option.text]
                )
            }
        }
    }

    /// Keeps the answers; from now on the set is answered.
    package func insert(_ answers: [Answer], to set: QuestionSetID) throws {
        for answer in answers {
            try db.execute(
                sql: "INSERT INTO answers (question_set, question, text) VALUES (?, ?, ?)",
                arguments: [set.rawValue, answer.question, answer.text]
            )
            for option in answer.options {
                try db.execute(
                    sql: "INSERT INTO ticks (question_set, question, option) VALUES (?, ?, ?)",
                    arguments: [set.rawValue, answer.question, option]
                )
            }
        }
        try db.execute(
            sql: "UPDATE question_sets SET answered_at = ? WHERE id = ?",
            arguments: [now.milliseconds, set.rawValue]
        )
    }
}
