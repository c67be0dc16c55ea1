package import Foundation
import Glibc

extension BackupPlace {
    /// What can be seen of the backups without making one.
    package struct Standing: Sendable {
        /// The newest backup of the whole database whose files are all there.
        package let newest: Date?
        /// Lost together with the data when their disk is.
        package let sharesDisk: Bool
        package let canBeWritten: Bool
    }

    package func standing(beside data: String) -> Standing {
        Standing(
            newest: Backups.newestManifest(in: snapshots)?.at,
            sharesDisk: Disk.device(nearest(root)) == Disk.device(nearest(data)),
            canBeWritten: access(nearest(root), W_OK | X_OK) == 0
        )
    }

    /// The path, or what is there of it: it is made with the first backup.
    private func nearest(_ path: String) -> String {
        guard !FileManager.default.fileExists(atPath: path), path.count > 1 else { return path }
        let parent = (path as NSString).deletingLastPathComponent
        return parent.isEmpty ? "." : nearest(parent)
    }
}

/// The room where something lies.
package enum DiskSpace {
    /// - Throws: ``BackupFault``.
    package static func free(at path: String) throws -> Int { try Disk.free(at: path) }
}
