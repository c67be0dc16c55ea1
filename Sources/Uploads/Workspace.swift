import Foundation
import Glibc

/// A process's own directory for files that are being received, under `DATA_DIR/tmp`.
///
/// A lock file beside it is held as long as the process lives, so that what others have left can be told
/// from what they need, whatever host, container or boot they were of.
final class Workspace: Sendable {
    private let root: String
    private let name: String
    private let lock: Int32

    var path: String { "\(root)/\(name)" }

    /// Makes the directory, and takes its lock before.
    ///
    /// - Throws: ``SystemFault``.
    init(in root: String) throws {
        self.root = root
        name = UUID().uuidString.lowercased()
        // Locked before the directory is there: a sweep takes a directory without a locked file away. It may
        // also have taken the file itself, between its making and its locking.
        lock = try Self.lock("\(root)/\(name).lock")
        guard mkdir("\(root)/\(name)", 0o700) == 0 else {
            let fault = SystemFault("mkdir")
            close(lock)
            throw fault
        }
    }

    deinit {
        Self.remove(path)
        unlink("\(path).lock")
        close(lock)
    }

    /// What the disk has left for us; as much as can be told where it does not say.
    var freeBytes: Int {
        var disk = statvfs()
        guard statvfs(path, &disk) == 0 else { return .max }
        let (bytes, isMore) = Int(clamping: disk.f_bavail).multipliedReportingOverflow(
            by: Int(clamping: disk.f_frsize)
        )
        return isMore ? .max : bytes
    }

    func file() throws -> TemporaryFile {
        try TemporaryFile(path: "\(path)/\(UUID().uuidString.lowercased())")
    }

    /// Removes what no live process owns.
    ///
    /// - Returns: how many processes have left something.
    @discardableResult
    func sweep() -> Int {
        var count = 0
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        for entry in Set(entries.map { $0.hasSuffix(".lock") ? String($0.dropLast(5)) : $0 })
        where entry != name {
            let file = "\(root)/\(entry).lock"
            let descriptor = open(file, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            if descriptor < 0 {
                // The lock was there before the directory, and goes after it.
                guard errno == ENOENT else { continue }
                Self.remove("\(root)/\(entry)")
                count += 1
                continue
            }
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
            Self.remove("\(root)/\(entry)")
            unlink(file)
            count += 1
        }
        return count
    }

    private static func lock(_ path: String) throws -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else { throw SystemFault("open") }
            var held = stat()
            var named = stat()
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &held) == 0,
                lstat(path, &named) == 0, held.st_ino == named.st_ino
            {
                return descriptor
            }
            close(descriptor)
        }
    }

    private static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }
}
