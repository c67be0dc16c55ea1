import Domain
import Export
import Foundation
import Store

extension Backups {
    /// Writes a discussion's folder: `discussion.json`, `discussion.md`, `files/`, and the manifest.
    ///
    /// - Returns: its path; nil if the discussion was erased meanwhile.
    func write(_ id: DiscussionID, at instant: Date) async throws -> String? {
        guard let record = try await store.read({ try $0.findRecord(id, of: nil) }) else { return nil }
        return try write(record, at: instant)
    }

    func write(_ record: DiscussionRecord, at instant: Date) throws -> String {
        let discussion = record.discussion
        let directory = place.discussion(discussion.id, of: discussion.owner)
        let earlier = Self.newestManifest(in: directory)
        var folder = try NewFolder(in: directory, at: instant)
        do {
            try folder.write(try DiscussionExport.data(record), "discussion.json")
            try folder.write(Data(DiscussionMarkdown.render(record).utf8), "discussion.md")
            for file in record.files {
                let name = "files/\(file.id)"
                let same = earlier?.manifest.files.contains { $0.name == name && $0.sha256 == file.sha256 }
                try folder.copy(
                    "\(files)/\(file.id)",
                    name,
                    sha256: file.sha256,
                    earlier: same == true ? earlier.map { "\($0.path)/\(name)" } : nil
                )
            }
            var manifest = Manifest(createdAt: instant, files: folder.files)
            manifest.discussion = .init(
                id: discussion.id,
                owner: discussion.owner,
                version: discussion.version
            )
            return try folder.finish(manifest)
        } catch {
            folder.discard()
            throw error
        }
    }
}
