package import Domain
package import Foundation

/// Where the bytes of files lie: each under its id, in one directory.
///
/// The file is there before its row is committed, and goes after its row is gone; what a crash leaves
/// between is swept away. Names that people gave are never used here.
package struct FilesDirectory: Sendable {
    package let path: String

    /// A file without a row is left alone for so long: its command may be about to commit.
    package static let grace: TimeInterval = 15 * 60

    package init(path: String) {
        self.path = path
    }

    package func path(of id: FileID) -> String { "\(path)/\(id)" }

    /// The file's bytes; nil if they are gone, or are more than `limit`.
    package func read(_ id: FileID, limit: Int) -> Data? {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path(of: id))[.size] as? Int,
            size <= limit
        else { return nil }
        return FileManager.default.contents(atPath: path(of: id))
    }

    /// Removes files whose rows are gone, or were never written.
    package func remove(_ ids: some Sequence<FileID>) {
        for id in ids { unlink(path(of: id)) }
    }

    /// Removes what no row names, as far as it has lain there for longer than ``grace``.
    ///
    /// - Returns: how many files.
    @discardableResult
    package func sweep(_ store: Store, now: Date = Date()) async throws -> Int {
        let old = (try? FileManager.default.contentsOfDirectory(atPath: path))?.filter { name in
            var status = stat()
            // Its last change of place: a rename does not touch the time of its content.
            return lstat("\(path)/\(name)", &status) == 0
                && now.timeIntervalSince1970 - Double(status.st_ctim.tv_sec) > Self.grace
        }.map { FileID(rawValue: $0) }
        guard let old, !old.isEmpty else { return 0 }
        let unknown = try await store.read { reader in try reader.listUnknownFiles(old) }
        remove(unknown)
        return unknown.count
    }
}
