import Foundation

/// Settings that systemd hands over as files (`LoadCredential=parley:/etc/parley/credentials`), which no other
/// process and no environment shows.
package enum Credentials {
    /// systemd puts the credential's id before the names of a directory's files.
    private static let prefix = "parley_"

    /// The variables in `directory`, `$CREDENTIALS_DIRECTORY`: each is named after its file.
    ///
    /// A line's end is no part of a key: editors and `echo` add one.
    package static func read(directory: String?) throws -> [String: String] {
        guard let directory else { return [:] }
        var variables: [String: String] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: directory)
        where file.hasPrefix(prefix) {
            let text = try String(contentsOfFile: "\(directory)/\(file)", encoding: .utf8)
            variables[String(file.dropFirst(prefix.count))] = text.trimmingCharacters(
                in: .whitespacesAndNewlines
            )
        }
        return variables
    }
}
