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

    /// A file that no discussion has lies aside for so long before it is removed: a start with another database,
    /// or with an older copy of it, must not cost what people sent.
    package static let setAsideTime: TimeInterval = 7 * 24 * 3_600

    /// What a sweep did.
    package struct Swept: Sendable, Equatable {
        /// Files that no discussion has, now in ``aside``.
        package var setAside = 0
        /// Files that lay there, and that a discussion has again.
        package var broughtBack = 0
        package var removed = 0

        package init() {}
    }

    private var aside: String { "\(path)/.unknown" }

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

    /// Sets aside what no row names, as far as it has lain there for longer than ``grace``; brings back what a
    /// row names again; removes what has lain aside for longer than ``setAsideTime``.
    @discardableResult
    package func sweep(_ store: Store, now: Date = Date()) async throws -> Swept {
        var swept = Swept()
        let lying = names(in: aside)
        let forgotten = try await unknown(lying, store)
        for name in lying where !forgotten.contains(name) {
            if rename("\(aside)/\(name)", "\(path)/\(name)") == 0 { swept.broughtBack += 1 }
        }
        for name in forgotten where age("\(aside)/\(name)", now) > Self.setAsideTime {
            if unlink("\(aside)/\(name)") == 0 { swept.removed += 1 }
        }
        let old = names(in: path).filter { age("\(path)/\($0)", now) > Self.grace }
        for name in try await unknown(old, store) {
            try FileManager.default.createDirectory(
                atPath: aside,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            if rename("\(path)/\(name)", "\(aside)/\(name)") == 0 { swept.setAside += 1 }
        }
        return swept
    }

    private func names(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { "\(directory)/\($0)" != aside }
    }

    private func unknown(_ names: [String], _ store: Store) async throws -> Set<String> {
        guard !names.isEmpty else { return [] }
        let ids = names.map { FileID(rawValue: $0) }
        return Set(try await store.read { reader in try reader.listUnknownFiles(ids) }.map(\.rawValue))
    }

    /// Since its last change of place: a rename does not touch the time of its content.
    private func age(_ path: String, _ now: Date) -> TimeInterval {
        var status = stat()
        guard lstat(path, &status) == 0 else { return 0 }
        return now.timeIntervalSince1970 - Double(status.st_ctim.tv_sec)
    }
}
