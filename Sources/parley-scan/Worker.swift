// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import Glibc

/// Scans what the responder hands over, one file at a time; several of these share the channel.
struct Worker: Sendable {
    let channel: Channel
    let signatures: Signatures
    let space: TemporarySpace

    /// Until the responder goes.
    func work() -> Never {
        while case .message(let words, let descriptor) = channel.receive() {
            guard words.count == 3, words[0] == "scan", let size = Int(words[2]), descriptor >= 0 else {
                // Whoever speaks otherwise is not the responder that started us.
                _exit(1)
            }
            channel.send(scan(descriptor, size: size).message(words[1]))
        }
        _exit(0)
    }

    private func scan(_ given: Int32, size: Int) -> Scan {
        // Opened anew: libclamav moves the offset, which a descriptor shares with the one that it was copied from.
        let descriptor = open("/proc/self/fd/\(given)", O_RDONLY | O_CLOEXEC)
        close(given)
        guard descriptor >= 0 else { return .error("the file cannot be opened again") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == size
        else {
            return .error("the file is not as long as was said")
        }
        return signatures.withEngine { Scan(of: descriptor, with: $0, in: space) } ?? .error("no signatures")
    }
}
