// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import CClamAV
import Glibc

/// Scans what the responder hands over, one file at a time; several of these share the channel.
struct Worker: Sendable {
    let channel: Channel
    let signatures: Signatures

    /// Until the responder goes.
    func work() -> Never {
        while case .message(let words, let descriptor) = channel.receive() {
            guard words.count == 3, words[0] == "scan", let size = Int(words[2]), descriptor >= 0 else {
                // Whoever speaks otherwise is not the responder that started us.
                _exit(1)
            }
            let answer = answer(descriptor, size: size)
            channel.send("\(answer.word) \(words[1]) \(answer.detail)")
        }
        _exit(0)
    }

    private func answer(_ given: Int32, size: Int) -> (word: String, detail: String) {
        // Opened anew: libclamav moves the offset, which a descriptor shares with the one that it was copied from.
        let descriptor = open("/proc/self/fd/\(given)", O_RDONLY | O_CLOEXEC)
        close(given)
        guard descriptor >= 0 else { return ("error", "the file cannot be opened again") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == size
        else {
            return ("error", "the file is not as long as was said")
        }
        return signatures.withEngine { engine in Self.scan(descriptor, with: engine) } ?? (
            "error", "no signatures"
        )
    }

    private static func scan(_ descriptor: Int32, with engine: OpaquePointer) -> (
        word: String, detail: String
    ) {
        var options = cl_scan_options()
        options.general = UInt32(CL_SCAN_GENERAL_HEURISTICS)
        options.parse = ~0
        // Without it a file beyond a limit comes back clean.
        options.heuristic = UInt32(CL_SCAN_HEURISTIC_EXCEEDS_MAX)
        var found: UnsafePointer<CChar>?
        var scanned: UInt = 0
        let code = cl_scandesc(descriptor, nil, &found, &scanned, engine, &options)
        // The name belongs to the engine.
        let name = found.map { String(cString: $0) }
        switch code {
        case CL_CLEAN:
            // A name without the matching code is nothing that we know to be clean.
            return name.map { ("error", "clean, but named \($0)") } ?? ("clean", "")
        case CL_VIRUS:
            guard let name, !name.isEmpty else { return ("refused", "over a limit") }
            return name.hasPrefix("Heuristics.Limits.Exceeded") ? ("refused", name) : ("found", name)
        case CL_EMAXREC, CL_EMAXSIZE, CL_EMAXFILES, CL_ETIMEOUT, CL_EFORMAT, CL_EPARSE, CL_EUNPACK:
            return ("refused", String(cString: cl_strerror(code)))
        default:
            return ("error", String(cString: cl_strerror(code)))
        }
    }
}
