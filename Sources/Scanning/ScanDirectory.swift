import Foundation
import Glibc
import Synchronization

/// Where one responder's `parley-scan` unpacks: a new, empty directory for each start.
///
/// Each is locked for as long as it is used, so that the next responder can tell what nobody needs any more.
final class ScanDirectory: Sendable {
    private static let prefix = "scan-"
    /// More than responders can start in one moment.
    private static let tries = 100

    private struct Held {
        let path: String
        let lock: Int32
    }

    private let parent: String
    private let held: Mutex<Held>

    /// Makes one in `parent`, and removes those whose responder has gone.
    init(in parent: String) throws(ScanFailure) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(Self.prefix) {
            guard let lock = Self.locked(parent + "/" + name) else { continue }
            try? files.removeItem(atPath: parent + "/" + name)
            close(lock)
        }
        self.parent = parent
        held = Mutex(try Self.made(in: parent))
    }

    deinit { held.withLock { _ = close($0.lock) } }

    var path: String { held.withLock(\.path) }

    /// Puts a new one in its place, whatever has become of it.
    ///
    /// - Returns: its path.
    func renew() throws(ScanFailure) -> String {
        remove()
        let new = try Self.made(in: parent)
        held.withLock { held in
            close(held.lock)
            held = new
        }
        return new.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    private static func made(in parent: String) throws(ScanFailure) -> Held {
        try? FileManager.default.createDirectory(
            atPath: parent,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        for _ in 0..<tries {
            let path = parent + "/" + prefix + UUID().uuidString
            guard mkdir(path, 0o700) == 0 else {
                throw ScanFailure(message: "\(path) cannot be made: \(String(cString: strerror(errno)))")
            }
            // Another responder that starts may have taken it away, or be about to.
            if let lock = locked(path) { return Held(path: path, lock: lock) }
            rmdir(path)
        }
        throw ScanFailure(message: "no directory in \(parent) can be locked")
    }

    /// - Returns: nil unless the directory of that name is ours now.
    private static func locked(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        var held = stat()
        var named = stat()
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &held) == 0,
            lstat(path, &named) == 0, held.st_ino == named.st_ino, held.st_dev == named.st_dev
        else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
