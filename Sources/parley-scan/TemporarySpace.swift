// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import Glibc

/// The directory where libclamav unpacks.
///
/// When it cannot, it does not look into what it would have unpacked, or at anything, and says that the file is
/// clean. So a verdict counts only when there was room before and is room after it.
struct TemporarySpace: Sendable {
    let path: String
    /// All scans at once, each with all that it may unpack and the member that it is unpacking.
    private let bytes: UInt
    private let files: UInt

    init(_ path: String, workers: Int) {
        self.path = path
        bytes = UInt(workers * (Limits.scanSize + Limits.memberSize))
        files = UInt(workers * Limits.members)
    }

    /// Why nothing can be unpacked there; nil when it can.
    func fault() -> String? {
        var name = Array("\(path)/probe-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else {
            // Somebody has removed it: the responder starts us again with another, and the files with us.
            if errno == ENOENT { _exit(1) }
            return words("no directory can be made")
        }
        defer { rmdir(name) }
        if let fault = writingFault(
            String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/file"
        ) {
            return fault
        }
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return words("its room is not known") }
        guard UInt(system.f_bavail) * UInt(system.f_frsize) >= bytes else {
            return "less than \(bytes >> 20) MB are free in \(path)"
        }
        // Some file systems have no fixed number of files, and say 0.
        guard system.f_files == 0 || UInt(system.f_favail) >= files else {
            return "fewer than \(files) files can be made in \(path)"
        }
        return nil
    }

    private func writingFault(_ file: String) -> String? {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return words("no file can be made") }
        defer {
            close(descriptor)
            unlink(file)
        }
        // One block: what is shorter may lie in the directory's own.
        let block = [UInt8](repeating: 1, count: 4_096)
        return write(descriptor, block, block.count) == block.count ? nil : words("nothing can be written")
    }

    private func words(_ what: String) -> String {
        "\(what) in \(path): \(String(cString: strerror(errno)))"
    }
}
