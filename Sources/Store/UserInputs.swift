package import Domain
import GRDB

extension StoreReader {
    /// The person's remarks by round, oldest first.
    func listUserInputs(of discussion: DiscussionID, in first: Int, _ last: Int) throws -> [Int: [String]] {
        try Row.fetchAll(
            db,
            sql:
                "SELECT round, input FROM user_inputs WHERE discussion = ? AND round BETWEEN ? AND ? ORDER BY id",
            arguments: [discussion.rawValue, first, last]
        ).reduce(into: [:]) { $0[$1["round"], default: []].append($1["input"]) }
    }
}

extension StoreWriter {
    /// A remark of the person, made during or after `round`.
    package func insertUserInput(_ input: String, round: Int, of discussion: DiscussionID) throws {
        try db.execute(
            sql: "INSERT INTO user_inputs (discussion, round, input, created_at) VALUES (?, ?, ?, ?)",
            arguments: [discussion.rawValue, round, input, now.milliseconds]
        )
    }
}
