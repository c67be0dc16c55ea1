import Foundation
import Glibc

/// Where one responder's `parley-scan` unpacks: a directory of its own, empty at each start.
///
/// It is locked for as long as the responder lives, so that the next one can tell what nobody needs any more.
final class ScanDirectory: Sendable {
    private static let prefix = "scan-"

    let path: String
    private let lock: Int32

    /// Makes one in `parent`, and removes those whose responder has gone.
    init(in parent: String) throws(ScanFailure) {
        let files = FileManager.default
        try? files.createDirectory(atPath: parent, withIntermediateDirectories: true)
        for name in (try? files.contentsOfDirectory(atPath: parent)) ?? [] where name.hasPrefix(Self.prefix) {
            guard let lock = Self.locked(parent + "/" + name) else { continue }
            try? files.removeItem(atPath: parent + "/" + name)
            close(lock)
        }
        path = parent + "/" + Self.prefix + UUID().uuidString
        guard mkdir(path, 0o700) == 0, let lock = Self.locked(path) else {
            throw ScanFailure(message: "\(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        self.lock = lock
    }

    deinit { close(lock) }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Removes what a process that was killed has left.
    func empty() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
    }

    private static func locked(_ path: String) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
