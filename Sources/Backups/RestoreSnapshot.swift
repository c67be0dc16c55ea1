import Domain
package import Foundation
import Glibc
package import Store

/// Puts a snapshot in the place of the database, with the server stopped.
package struct RestoreSnapshot: Sendable {
    package struct Done: Sendable {
        package let facts: DatabaseFile.Facts
        package let madeAt: String
        /// Nil after a rehearsal.
        package let prepared: DatabaseFile.Prepared?
        /// Where the database lies that was there before.
        package let old: String?
        /// Uploaded files that were put back from the discussions' folders, and those that are nowhere.
        package var filesBack = 0
        package var filesMissing = 0
    }

    private let folder: String
    private let databasePath: String
    private let files: String
    private let tombstones: Tombstones
    private let now: Date

    package init(
        folder: String,
        databasePath: String,
        dataDirectory: String,
        tombstones: Tombstones,
        now: Date = Date()
    ) {
        self.folder = folder
        files = dataDirectory + "/files"
        self.databasePath = databasePath
        self.tombstones = tombstones
        self.now = now
    }

    /// Whether a folder claims to be a snapshot; nil if it is no backup at all.
    package static func isSnapshot(_ folder: String) -> Bool? {
        (try? Manifest.read(in: folder)).map { $0.database != nil }
    }

    /// - Parameter rehearse: everything but the change itself.
    /// - Throws: ``BackupFault``; the database is then as it was.
    package func run(rehearse: Bool) async throws -> Done {
        do {
            let directory = (databasePath as NSString).deletingLastPathComponent
            try Disk.makeDirectory(directory)
            guard let lock = try FileLock.ofDatabase(databasePath, .exclusive) else {
                throw BackupFault(
                    "\(databasePath) is in use: stop the server first. One discussion can be restored while it runs."
                )
            }
            defer { lock.release() }
            let (manifest, facts) = try await check()
            try checkSpace(directory, manifest.size)
            guard !rehearse else {
                return Done(facts: facts, madeAt: manifest.createdAt, prepared: nil, old: nil)
            }
            let copy = "\(directory)/\(BackupPlace.unfinished)\(UUID().uuidString.prefix(8)).sqlite"
            defer { for end in ["", "-wal", "-shm", "-journal"] { unlink(copy + end) } }
            try Disk.copy("\(folder)/\(Backups.database)", to: copy)
            let prepared = try await DatabaseFile.prepare(copy, erased: erased())
            try await DatabaseFile.fold(copy)
            _ = try await DatabaseFile.check(copy)
            try Disk.sync(file: copy)
            let (back, missing) = try putFilesBack(prepared.files)
            let old = try await setAside(directory)
            try Disk.move(copy, to: databasePath)
            return Done(
                facts: facts,
                madeAt: manifest.createdAt,
                prepared: prepared,
                old: old,
                filesBack: back,
                filesMissing: missing
            )
        } catch {
            throw BackupFault(Backups.words(error))
        }
    }

    private func check() async throws -> (Manifest, DatabaseFile.Facts) {
        let manifest = try Manifest.read(in: folder)
        guard let told = manifest.database else { throw BackupFault("\(folder) is not a snapshot") }
        try manifest.check(in: folder)
        let facts: DatabaseFile.Facts
        do {
            facts = try await DatabaseFile.check("\(folder)/\(Backups.database)")
        } catch let damaged as DatabaseFile.Damaged {
            throw BackupFault("\(folder)/\(Backups.database) is damaged: \(damaged)")
        }
        guard facts == told else { throw BackupFault("\(folder) does not hold what its manifest says") }
        return (manifest, facts)
    }

    private func checkSpace(_ directory: String, _ size: Int) throws {
        let free = try Disk.free(at: directory)
        guard free >= size + Backups.margin else {
            throw BackupFault(
                "\(directory) has \(free >> 20) MB left; the restored database needs \(size >> 20) MB and some room"
            )
        }
    }

    /// Uploaded files do not lie in the database: those that are gone come from the discussions' folders.
    private func putFilesBack(_ contents: [DatabaseFile.Content]) throws -> (back: Int, missing: Int) {
        let place = BackupPlace(root)
        var (back, missing) = (0, 0)
        for content in contents where Disk.size("\(files)/\(content.id)") == nil {
            let copies = BackupPlace.list(place.discussion(content.discussion, of: content.owner)).reversed()
                .map { "\($0.path)/files/\(content.id)" }
            guard let copy = copies.first(where: { (try? Disk.sha256($0).sha256) == content.sha256 }) else {
                missing += 1
                continue
            }
            try Disk.makeDirectory(files)
            try Disk.copy(copy, to: "\(files)/\(content.id)")
            back += 1
        }
        if back > 0 { try Disk.sync(directory: files) }
        return (back, missing)
    }

    /// The place of backups that the snapshot lies in.
    private var root: String {
        ((folder as NSString).deletingLastPathComponent as NSString).deletingLastPathComponent
    }

    /// What was erased, by the lists here and by the one that lies beside the snapshot.
    private func erased() -> Set<DiscussionID> {
        tombstones.list().union(Tombstones.read("\(root)/\(Tombstones.name)"))
    }

    /// Keeps the database that is there under another name.
    private func setAside(_ directory: String) async throws -> String? {
        guard Disk.size(databasePath) != nil else { return nil }
        let old = "\(databasePath).before-\(BackupPlace.name(of: now))"
        // Its log belongs to it: beside the restored database SQLite would replay it into that one.
        do {
            try await DatabaseFile.fold(databasePath)
        } catch {
            // One that cannot be opened is why a backup is restored: its log goes with it as it is.
        }
        for end in ["-wal", "-shm"] where Disk.size(databasePath + end) != nil {
            try Disk.move(databasePath + end, to: old + end)
        }
        // A second name for it first, then the new one in its place: there is a database at every moment.
        guard link(databasePath, old) == 0 else { throw BackupFault.system("\(old) cannot be made") }
        try Disk.sync(directory: directory)
        return old
    }
}
