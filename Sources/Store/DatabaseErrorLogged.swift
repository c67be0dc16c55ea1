import GRDB
import Support

/// What a log says of a failure of the database: SQLite's number and the statement.
///
/// Not SQLite's message, which quotes what it stumbled over: of a search the words that were searched for. Values
/// never stand in a statement.
extension DatabaseError: LoggedError {
    package var logged: String {
        let statement = sql.map { " in \($0.prefix(200))" } ?? ""
        return "SQLite error \(extendedResultCode.rawValue)\(statement)"
    }
}
