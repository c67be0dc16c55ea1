import Foundation
import Glibc

/// Stops a process, and returns when none of its threads does anything any more.
///
/// The signal alone only asks: on a busy machine threads go on until it has come round to them.
package func freeze(_ pid: Int32) async throws {
    kill(pid, SIGSTOP)
    while try !isFrozen(pid) { try await Task.sleep(for: .milliseconds(1)) }
}

private func isFrozen(_ pid: Int32) throws -> Bool {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").allSatisfy { thread in
        let stat = FileManager.default.contents(atPath: "/proc/\(pid)/task/\(thread)/stat") ?? Data()
        return String(decoding: stat, as: UTF8.self).split(separator: ")").last?.hasPrefix(" T") == true
    }
}
