package import Domain
package import Foundation

/// Where backups lie, and what they are called.
package struct BackupPlace: Sendable, Hashable {
    package let root: String

    package init(_ root: String) {
        self.root = root
    }

    /// Before it has its own name a backup has one that begins so; whatever has it is an unfinished one.
    static let unfinished = ".new-"

    package var snapshots: String { root + "/snapshots" }
    package var discussions: String { root + "/discussions" }
    var lock: String { root + "/lock" }

    package func discussion(_ id: DiscussionID, of owner: PersonID) -> String {
        "\(discussions)/\(Self.name(owner.rawValue))/\(Self.name(id.rawValue))"
    }

    /// Ids are letters and digits; one that is not cannot lead out of its directory.
    static func name(_ id: String) -> String {
        let safe = id.unicodeScalars.map { scalar in
            scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                || "-_".unicodeScalars.contains(scalar)
                ? String(scalar) : "%" + String(scalar.value, radix: 16)
        }.joined()
        return safe.isEmpty ? "%" : safe
    }

    /// All directories of discussions.
    func listDiscussions() -> [String] {
        Disk.list(discussions).flatMap { owner in
            Disk.list("\(discussions)/\(owner)").map { "\(discussions)/\(owner)/\($0)" }
        }
    }

    /// `20261123T131415.678Z`: in the order of time.
    package static func name(of instant: Date) -> String {
        instant.iso8601.filter { $0 != "-" && $0 != ":" }
    }

    package static func instant(of name: String) -> Date? {
        guard let match = name.wholeMatch(of: /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)/) else {
            return nil
        }
        return Date(iso8601: "\(match.1)-\(match.2)-\(match.3)T\(match.4):\(match.5):\(match.6)")
    }

    /// The finished backups in a directory, the oldest first.
    static func list(_ directory: String) -> [(at: Date, path: String)] {
        Disk.list(directory).compactMap { name in
            instant(of: name).map { ($0, "\(directory)/\(name)") }
        }
    }
}
