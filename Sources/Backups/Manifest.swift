package import Domain
import Foundation
package import Store

/// What a backup holds, so that it can be told whether all of it is there.
package struct Manifest: Sendable, Hashable, Codable {
    package struct File: Sendable, Hashable, Codable {
        package let name: String
        package let size: Int
        package let sha256: String
    }

    package struct OfDiscussion: Sendable, Hashable, Codable {
        package let id: DiscussionID
        package let owner: PersonID
        /// As it stood; a higher one means that it was touched since.
        package let version: Int
    }

    static let name = "manifest.json"
    static let format = "parley-backup"

    package let format: String
    package let formatVersion: Int
    package let createdAt: String
    package let files: [File]
    /// Of a snapshot.
    package var database: DatabaseFile.Facts?
    /// Of a discussion's folder.
    package var discussion: OfDiscussion?

    init(createdAt: Date, files: [File]) {
        format = Self.format
        formatVersion = 1
        self.createdAt = createdAt.iso8601
        self.files = files
    }

    package var size: Int { files.reduce(0) { $0 + $1.size } }

    func data() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return try encoder.encode(self) + [0x0A]
    }

    /// Reads a folder's manifest.
    ///
    /// - Throws: ``BackupFault``.
    static func read(in folder: String) throws -> Manifest {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            throw BackupFault("\(folder) is no backup: it has no \(name)")
        }
        guard let manifest = try? JSONDecoder().decode(Manifest.self, from: data), manifest.format == format
        else {
            throw BackupFault("\(folder) is no backup: its \(name) cannot be read")
        }
        guard manifest.formatVersion == 1 else {
            throw BackupFault(
                "\(folder) has the format \(manifest.formatVersion), which this Parley cannot read"
            )
        }
        return manifest
    }

    /// Whether all files are there with their sizes; cheap, for looking at many.
    func isThere(in folder: String) -> Bool {
        files.allSatisfy { Disk.size("\(folder)/\($0.name)") == $0.size }
    }

    /// Reads every file and compares it.
    ///
    /// - Throws: ``BackupFault`` that names the first that is not as it was written.
    func check(in folder: String) throws {
        for file in files {
            // A manifest is data: it must not name files elsewhere.
            guard
                !file.name.split(separator: "/", omittingEmptySubsequences: false).contains(where: {
                    $0.isEmpty || $0 == ".."
                })
            else { throw BackupFault("\(folder): its manifest names \(file.name)") }
            let path = "\(folder)/\(file.name)"
            guard let size = Disk.size(path) else { throw BackupFault("\(path) is missing") }
            guard size == file.size else {
                throw BackupFault("\(path) is damaged: it has \(size) bytes of \(file.size)")
            }
            guard try Disk.sha256(path).sha256 == file.sha256 else {
                throw BackupFault("\(path) is damaged: its checksum is another")
            }
        }
    }
}
