import Glibc
import Synchronization

/// A child process.
///
/// Foundation's `Process` waits in a run loop, which holds a thread of the cooperative pool.
package final class ChildProcess: Sendable {
    package struct CannotSpawn: Error {
        package let code: Int32
    }

    package let pid: Int32
    /// The wait status, once the child was reaped.
    private let reaped = Mutex<Int32?>(nil)

    /// Starts `path` with its input from /dev/null and both outputs into the file `output`.
    package init(
        _ path: String,
        _ arguments: [String] = [],
        environment: [String: String],
        output: String
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that the test runner blocks would be blocked in the child too.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var child: Int32 = 0
        let code = posix_spawn(&child, path, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw CannotSpawn(code: code) }
        pid = child
    }

    /// The exit code, or 128 and the signal; nil while it runs.
    package var exitCode: Int32? {
        reaped.withLock { reaped in
            if reaped == nil {
                var status: Int32 = 0
                if waitpid(pid, &status, WNOHANG) == pid { reaped = status }
            }
            return reaped.map { $0 & 0x7F == 0 ? ($0 >> 8) & 0xFF : 128 + ($0 & 0x7F) }
        }
    }

    package func signal(_ number: Int32) {
        guard exitCode == nil else { return }
        kill(pid, number)
    }

    /// Waits for its end.
    @discardableResult
    package func exited() async -> Int32 {
        while true {
            if let code = exitCode { return code }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }
}
