import Foundation

/// A backup that is being written: it gets its name when all of it is on the disk.
struct NewFolder {
    let path: String
    private let directory: String
    private let at: Date
    private(set) var files: [Manifest.File] = []

    /// - Parameter directory: where it will lie.
    init(in directory: String, at: Date) throws {
        self.directory = directory
        self.at = at
        try Disk.makeDirectory(directory)
        path = "\(directory)/\(BackupPlace.unfinished)\(UUID().uuidString.prefix(8))"
        try Disk.makeDirectory(path)
    }

    mutating func write(_ data: Data, _ name: String) throws {
        try Disk.write(data, to: "\(path)/\(name)")
        files.append(.init(name: name, size: data.count, sha256: Disk.sha256(data)))
    }

    /// A file that was written here by somebody else.
    mutating func add(_ name: String) throws {
        try Disk.sync(file: "\(path)/\(name)")
        let sum = try Disk.sha256("\(path)/\(name)")
        files.append(.init(name: name, size: sum.size, sha256: sum.sha256))
    }

    /// Copies a file, or links it to the copy in an earlier backup if that is the same.
    ///
    /// Never to the live file: what befalls that one must not befall the backup.
    mutating func copy(_ from: String, _ name: String, sha256: String, earlier: String?) throws {
        try Disk.makeDirectory((("\(path)/\(name)") as NSString).deletingLastPathComponent)
        if let earlier, link(earlier, "\(path)/\(name)") == 0, let size = Disk.size(earlier) {
            files.append(.init(name: name, size: size, sha256: sha256))
            return
        }
        let sum = try Disk.copy(from, to: "\(path)/\(name)")
        guard sum.sha256 == sha256 else {
            throw BackupFault("\(from) is not the file that was uploaded: its checksum is another")
        }
        files.append(.init(name: name, size: sum.size, sha256: sum.sha256))
    }

    /// Gives it its name.
    ///
    /// - Returns: its path.
    func finish(_ manifest: Manifest) throws -> String {
        try Disk.write(try manifest.data(), to: "\(path)/\(Manifest.name)")
        if FileManager.default.fileExists(atPath: path + "/files") {
            try Disk.sync(directory: path + "/files")
        }
        try Disk.sync(directory: path)
        let final = "\(directory)/\(BackupPlace.name(of: at))"
        guard !FileManager.default.fileExists(atPath: final) else {
            throw BackupFault("\(final) is there already")
        }
        try Disk.move(path, to: final)
        return final
    }

    /// It will not be finished.
    func discard() { try? Disk.remove(path) }
}
