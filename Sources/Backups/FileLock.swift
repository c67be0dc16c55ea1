import Glibc

/// A lock on a file, which ends with its holder's process however that ends.
package final class FileLock: Sendable {
    package enum Kind: Sendable {
        /// Beside others that share it.
        case shared
        case exclusive
    }

    private let descriptor: Int32

    /// Takes the lock at once.
    ///
    /// - Returns: nil if somebody else has it.
    /// - Throws: ``BackupFault`` when the file cannot be made.
    package init?(_ path: String, _ kind: Kind) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupFault.system("\(path) cannot be written") }
        guard flock(descriptor, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    package func release() { flock(descriptor, LOCK_UN) }

    deinit { close(descriptor) }

    /// What every process that works on a database holds, shared; who puts another in its place must have it alone.
    package static func ofDatabase(_ path: String, _ kind: Kind) throws -> FileLock? {
        try FileLock(path + ".lock", kind)
    }
}
