import Crypto
import Foundation
import Glibc

/// Files and directories that are on the disk when a call returns.
enum Disk {
    private static let chunk = 1 << 20

    /// Makes the directory with those above it; they are for this user alone.
    static func makeDirectory(_ path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        let parent = (path as NSString).deletingLastPathComponent
        if !parent.isEmpty, parent != path { try makeDirectory(parent) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw BackupFault.system("\(path) cannot be made")
        }
        if !parent.isEmpty { try sync(directory: parent) }
    }

    static func write(_ data: Data, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupFault.system("\(path) cannot be written") }
        defer { close(descriptor) }
        try write(data, to: descriptor, path)
        guard fsync(descriptor) == 0 else { throw BackupFault.system("\(path) cannot be written") }
    }

    /// Copies a file.
    ///
    /// - Returns: the copy's SHA-256 and its size.
    @discardableResult
    static func copy(_ from: String, to path: String) throws -> (sha256: String, size: Int) {
        let source = open(from, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw BackupFault.system("\(from) cannot be read") }
        defer { close(source) }
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw BackupFault.system("\(path) cannot be written") }
        defer { close(target) }
        let sum = try read(source, from) { try write($0, to: target, path) }
        guard fsync(target) == 0 else { throw BackupFault.system("\(path) cannot be written") }
        return sum
    }

    static func sha256(_ path: String) throws -> (sha256: String, size: Int) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw BackupFault.system("\(path) cannot be read") }
        defer { close(source) }
        return try read(source, path) { _ in }
    }

    static func sha256(_ data: Data) -> String { SHA256.hash(data: data).hex }

    /// What a directory holds is only on the disk with the directory.
    static func sync(directory path: String) throws {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFault.system("\(path) cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupFault.system("\(path) cannot be written") }
    }

    static func sync(file path: String) throws {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFault.system("\(path) cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupFault.system("\(path) cannot be written") }
    }

    static func move(_ from: String, to path: String) throws {
        guard rename(from, path) == 0 else { throw BackupFault.system("\(path) cannot be put in its place") }
        try sync(directory: (path as NSString).deletingLastPathComponent)
    }

    static func remove(_ path: String) throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else { return }
            throw BackupFault("\(path) cannot be removed")
        }
    }

    /// Names in a directory, in order; none if it is not there.
    static func list(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    static func size(_ path: String) -> Int? {
        var info = stat()
        return stat(path, &info) == 0 ? Int(info.st_size) : nil
    }

    /// The disk on which something lies.
    static func device(_ path: String) -> UInt? {
        var info = stat()
        return stat(path, &info) == 0 ? info.st_dev : nil
    }

    /// Bytes that may still be written where `path` lies.
    static func free(at path: String) throws -> Int {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { throw BackupFault.system("\(path) cannot be looked at") }
        return Int(clamping: UInt64(info.f_bavail) * UInt64(info.f_frsize))
    }

    private static func read(
        _ descriptor: Int32,
        _ path: String,
        _ each: (Data) throws -> Void
    ) throws -> (sha256: String, size: Int) {
        var hash = SHA256()
        var size = 0
        var bytes = [UInt8](repeating: 0, count: chunk)
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw BackupFault.system("\(path) cannot be read") }
            guard count > 0 else { return (hash.finalize().hex, size) }
            let piece = Data(bytes[..<count])
            hash.update(data: piece)
            size += count
            try each(piece)
        }
    }

    private static func write(_ data: Data, to descriptor: Int32, _ path: String) throws {
        var rest = data[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw BackupFault.system("\(path) cannot be written") }
            rest = rest.dropFirst(count)
        }
    }
}

extension SHA256.Digest {
    fileprivate var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
