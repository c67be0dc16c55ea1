import Foundation
import Glibc
import Store

extension Backups {
    static let database = "parley.sqlite"

    /// Writes a snapshot of the whole database; it counts only if it passes the integrity check.
    func writeSnapshot(at instant: Date) async throws -> String {
        let earlier = Self.newestManifest(in: place.snapshots)
        var folder = try NewFolder(in: place.snapshots, at: instant)
        do {
            let copy = "\(folder.path)/\(Self.database)"
            let facts = try await copyDatabase(to: copy)
            try folder.add(Self.database)
            // A night in which nothing happened costs no disk.
            if let earlier, earlier.manifest.files == folder.files {
                let old = "\(earlier.path)/\(Self.database)"
                let linked = copy + ".same"
                if link(old, linked) == 0 { try Disk.move(linked, to: copy) }
            }
            var manifest = Manifest(createdAt: instant, files: folder.files)
            manifest.database = facts
            return try folder.finish(manifest)
        } catch {
            folder.discard()
            throw error
        }
    }

    /// SQLite calls a disk without room for another file one that "cannot be opened": the system knows better.
    private func copyDatabase(to copy: String) async throws -> DatabaseFile.Facts {
        do {
            return try await DatabaseFile.copy(databasePath, to: copy)
        } catch {
            try Task.checkCancellation()
            if !(error is DatabaseFile.Damaged) { try Disk.write(Data(count: 4_096), to: copy + ".probe") }
            throw error
        }
    }
}
