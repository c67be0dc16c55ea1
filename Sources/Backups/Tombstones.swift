package import Domain
package import Foundation
import Glibc

/// Which discussions were erased, told outside the database, so that a restored one does not bring them back.
///
/// A line each, with the instant. It stands in the data directory, and once more beside the backups, with which
/// it may be carried to another machine.
package struct Tombstones: Sendable {
    static let name = "erased"

    private let data: String
    private let backups: String

    package init(dataDirectory: String, place: BackupPlace) {
        data = "\(dataDirectory)/\(Self.name)"
        backups = "\(place.root)/\(Self.name)"
    }

    /// Notes that they are being erased; called within the transaction that erases them.
    ///
    /// - Throws: ``BackupFault``: what cannot be noted must not be erased, or it could come back.
    package func add(_ ids: [DiscussionID], at now: Date) throws {
        guard !ids.isEmpty else { return }
        let lines = ids.map { "\($0) \(now.iso8601)\n" }.joined()
        try Self.append(lines, to: data)
        // The disk of the backups may be away; the next backup brings it up to date.
        try? Self.append(lines, to: backups)
    }

    /// Everything that was ever erased here.
    package func list() -> Set<DiscussionID> { Self.read(data).union(Self.read(backups)) }

    /// Copies what the backups' own list lacks.
    func update() throws {
        let missing = Self.read(data).subtracting(Self.read(backups))
        guard !missing.isEmpty else { return }
        let lines = (try? String(contentsOfFile: data, encoding: .utf8))?.split(separator: "\n") ?? []
        let wanted = lines.filter { line in
            missing.contains(DiscussionID(rawValue: String(line.prefix { $0 != " " })))
        }
        try Self.append(wanted.joined(separator: "\n") + "\n", to: backups)
    }

    static func read(_ path: String) -> Set<DiscussionID> {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return Set(
            text.split(separator: "\n").map { line in
                DiscussionID(rawValue: String(line.prefix { $0 != " " }))
            }
        )
    }

    private static func append(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupFault.system("\(path) cannot be written") }
        defer { close(descriptor) }
        // Behind a line that a crash cut short.
        let bytes = Array(("\n" + text).utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw BackupFault.system("\(path) cannot be written")
        }
    }
}
