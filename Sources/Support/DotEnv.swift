import Foundation

/// The `.env` file as people write it: `NAME=value`, quotes, and comments.
///
/// swift-configuration's own reader keeps quotes and inline comments as part of the value, which
/// turns `KEY="abc"` into a wrong key; so lines are tidied here before it sees them.
package enum DotEnv {
    /// The variables in `text`.
    ///
    /// Lines that are no assignment are passed over.
    package static func parse(_ text: String) -> [String: String] {
        var variables: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            var line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("export ") { line = String(line.dropFirst("export ".count)) }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            let name = line[..<equals].trimmingCharacters(in: .whitespaces)
            guard !name.isEmpty else { continue }
            variables[name] = value(line[line.index(after: equals)...])
        }
        return variables
    }

    /// The variables of the file at `path`; none if there is no such file.
    package static func read(path: String) throws -> [String: String] {
        guard FileManager.default.fileExists(atPath: path) else { return [:] }
        return parse(try String(contentsOfFile: path, encoding: .utf8))
    }

    private static func value(_ raw: Substring) -> String {
        let text = raw.trimmingCharacters(in: .whitespaces)
        if let quote = text.first, quote == "\"" || quote == "'",
            let end = text.dropFirst().firstIndex(of: quote)
        {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        if text.hasPrefix("#") { return "" }
        guard let comment = text.range(of: #"\s#"#, options: .regularExpression) else { return text }
        return text[..<comment.lowerBound].trimmingCharacters(in: .whitespaces)
    }
}
