import GRDB
import Support

/// A column holds a word that this version does not know.
struct UnknownWord: LoggedError {
    let column: String
}

extension Row {
    /// The value of a column that holds an enumeration's raw value.
    func value<Word: RawRepresentable>(_ column: String) throws -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: self[column]) else { throw UnknownWord(column: column) }
        return word
    }

    /// The same where the column may be null.
    func valueIfPresent<Word: RawRepresentable>(_ column: String) throws -> Word?
    where Word.RawValue == String {
        guard let text: String = self[column] else { return nil }
        guard let word = Word(rawValue: text) else { throw UnknownWord(column: column) }
        return word
    }
}
