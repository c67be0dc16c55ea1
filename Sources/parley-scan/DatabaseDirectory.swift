// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import Glibc

/// What the signatures' directory looks like from outside: enough to tell that something changed in it.
struct DatabaseDirectory: Equatable {
    private let entries: [String]
    /// Seconds since 1970; 0: there is no file.
    let newest: Int

    init(_ path: String) {
        var entries: [String] = []
        var newest = 0
        if let directory = opendir(path) {
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                var status = stat()
                guard stat(path + "/" + name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                    continue
                }
                newest = max(newest, status.st_mtim.tv_sec)
                entries.append(
                    "\(name) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ino)"
                )
            }
        }
        self.entries = entries.sorted()
        self.newest = newest
    }
}
