package import Domain
import Export
import Foundation
package import Store

/// Puts one discussion back from its folder, while the site runs.
package struct RestoreDiscussion: Sendable {
    package enum Kind: Sendable, Hashable {
        /// Under its own id, which was free.
        case back
        /// Beside the one that is there, under a new id.
        case beside(DiscussionID)
        /// In the place of the one that was there.
        case over
    }

    package struct Done: Sendable {
        package let kind: Kind
        package let id: DiscussionID
        package let owner: String
        package let rounds: Int
        package let files: Int
    }

    private let folder: String
    private let store: Store
    private let files: String
    private let tombstones: Tombstones
    private let owner: String?
    private let force: Bool

    /// - Parameters:
    ///   - owner: a person's name, if it is to be somebody else's.
    ///   - force: it may take the place of what is there.
    package init(
        folder: String,
        store: Store,
        dataDirectory: String,
        tombstones: Tombstones,
        owner: String? = nil,
        force: Bool = false
    ) {
        self.folder = folder
        self.store = store
        files = dataDirectory + "/files"
        self.tombstones = tombstones
        self.owner = owner
        self.force = force
    }

    /// - Parameter rehearse: everything but the change itself.
    /// - Throws: ``BackupFault``; nothing is changed then.
    package func run(rehearse: Bool) async throws -> Done {
        do {
            return try await restore(rehearse: rehearse)
        } catch {
            throw BackupFault(Backups.words(error))
        }
    }

    private func restore(rehearse: Bool) async throws -> Done {
        var record = try read()
        let erased = tombstones.list().contains(record.discussion.id)
        guard force || !erased else {
            throw BackupFault(
                "discussion \(record.discussion.id) was erased for good; --force brings it back all the same"
            )
        }
        // Whoever restores a deleted one wants to see it.
        record.deletedAt = nil
        let (named, force) = (owner, force)
        let copy = record.copied()
        let plan: @Sendable (StoreReader, Date) throws -> (Kind, DiscussionRecord) = {
            [record, copy] reader, now in
            var record = record
            let person = try Self.owner(of: record, named: named, reader)
            record.owner = person
            record.discussion = record.discussion.owned(by: person.id)
            let id = record.discussion.id
            let isTaken = try reader.isKept(id)
            guard try reader.areFree(record), !isTaken || force else {
                var copy = copy
                copy.owner = person
                copy.discussion = copy.discussion.owned(by: person.id)
                return (.beside(copy.discussion.id), copy)
            }
            guard isTaken else { return (.back, record) }
            guard try !reader.isLeased(id, at: now) else {
                throw BackupFault("discussion \(id) is being worked on; stop its round first")
            }
            return (.over, record)
        }
        let (kind, planned) = try await store.read { try plan($0, Date()) }
        if !rehearse {
            let copied = try copyFiles(zip(record.files, planned.files))
            do {
                try await store.write { writer in
                    guard try plan(writer.reader, writer.now) == (kind, planned) else {
                        throw BackupFault("the discussion was changed meanwhile; please try again")
                    }
                    try Self.put(planned, kind, writer)
                }
            } catch {
                for path in copied { try? Disk.remove(path) }
                throw error
            }
        }
        return Done(
            kind: kind,
            id: planned.discussion.id,
            owner: planned.owner.name,
            rounds: planned.rounds.count,
            files: planned.files.count
        )
    }

    private static func put(_ record: DiscussionRecord, _ kind: Kind, _ writer: StoreWriter) throws {
        if kind == .over { try writer.replace(with: record) } else { try writer.insert(record) }
        let (id, discussion) = (record.discussion.id, record.discussion)
        try writer.append(
            .discussionRestored(.init(status: discussion.status, activity: discussion.activity)),
            of: id
        )
        try writer.update(id, failure: record.failure)
    }

    /// The whole folder is read and compared before anything is touched.
    private func read() throws -> DiscussionRecord {
        let manifest = try Manifest.read(in: folder)
        guard manifest.discussion != nil else { throw BackupFault("\(folder) is not a discussion's folder") }
        try manifest.check(in: folder)
        let path = "\(folder)/discussion.json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BackupFault("\(path) cannot be read")
        }
        do {
            return try DiscussionExport.read(data)
        } catch {
            throw BackupFault("\(path): \(error)")
        }
    }

    /// Puts the uploaded files back that are no longer there.
    ///
    /// - Returns: the paths that were made.
    private func copyFiles(_ pairs: some Sequence<(KeptFile, KeptFile)>) throws -> [String] {
        var made: [String] = []
        for (kept, file) in pairs where Disk.size("\(files)/\(file.id)") == nil {
            try Disk.makeDirectory(files)
            try Disk.copy("\(folder)/files/\(kept.id)", to: "\(files)/\(file.id)")
            made.append("\(files)/\(file.id)")
        }
        if !made.isEmpty { try Disk.sync(directory: files) }
        return made
    }

    private static func owner(
        of record: DiscussionRecord,
        named name: String?,
        _ reader: StoreReader
    ) throws -> Person {
        if let name {
            guard let person = try reader.findPerson(named: name) else {
                throw BackupFault("there is nobody named \(name) here")
            }
            return person
        }
        // On another machine people have other ids, and the same names.
        if let person = try reader.findPerson(record.owner.id) ?? reader.findPerson(named: record.owner.name)
        {
            return person
        }
        throw BackupFault("it belongs to \(record.owner.name), who is not known here; name an --owner")
    }
}
