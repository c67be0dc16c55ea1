import Foundation
import Glibc
import Synchronization

/// Runs a program on a file within limits of memory, time and output.
///
/// The file is its standard input, so that no name reaches a command line, and it gets nothing of our
/// environment.
enum BoundedChild {
    struct Result {
        let output: [UInt8]
        /// Its own, if it came to its end by itself and said no more than was allowed.
        let status: Int32?

        /// It did what it was asked.
        var isWhole: Bool { status == 0 }
    }

    struct Limits {
        /// Bytes of address space, as measured for pdftotext on large files.
        var memory = 1 << 30
        /// Seconds on a processor.
        var cpu = 8
        /// By the clock.
        var time: TimeInterval = 10
        /// Bytes of output that are read.
        var output = 4 << 20
    }

    private static let starting = Mutex(())

    /// Blocks until the program has ended.
    ///
    /// - Throws: ``ToolMissing`` when it could not run at all; ``SystemFault``.
    static func run(_ command: [String], input: Int32, _ limits: Limits) throws -> Result {
        let bounds = [
            // What it reads is a stranger's file: nothing that it might be made to start gets more rights than it has.
            try ReadingTools.path(of: "setpriv"), "--no-new-privs",
            try ReadingTools.path(of: "prlimit"), "--as=\(limits.memory)", "--cpu=\(limits.cpu)", "--fsize=0",
            "--nofile=32", "--core=0",
        ]
        // Open for reading alone, and with a position of its own: ours is open for writing too.
        let input = open("/proc/self/fd/\(input)", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw SystemFault("open") }
        defer { close(input) }
        // One at a time: another child must not inherit our end of a pipe before it is closed for children.
        let (child, end) = try starting.withLock { _ in
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw SystemFault("pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { close(ends[1]) }
            do {
                return (try spawn(bounds + command, input: input, output: ends[1]), ends[0])
            } catch {
                close(ends[0])
                throw error
            }
        }
        defer { close(end) }
        let deadline = ContinuousClock.now + .seconds(limits.time)
        let (output, ended) = read(end, limits, deadline)
        let status = exitStatus(ended ? status(of: child, deadline) : kill(child))
        // What they say where they cannot start the program, and how they begin where they may not set a limit.
        let isTheirs = ["setpriv:", "prlimit:"].contains { output.starts(with: $0.utf8) }
        if let status, [126, 127].contains(status) || status != 0 && isTheirs {
            throw ToolMissing(
                description:
                    "\(command[0]) cannot run: \(String(decoding: output.prefix(200), as: UTF8.self))"
            )
        }
        return Result(output: output, status: ended ? status : nil)
    }

    /// Its status, once it has ended: one that closed its output and goes on is given no more time than others.
    private static func status(of child: pid_t, _ deadline: ContinuousClock.Instant) -> Int32 {
        var status: Int32 = 0
        while ContinuousClock.now < deadline {
            let found = waitpid(child, &status, WNOHANG)
            if found == child { return status }
            if found < 0, errno != EINTR { return -1 }
            usleep(1_000)
        }
        return kill(child)
    }

    /// Nil for one that a signal ended.
    private static func exitStatus(_ status: Int32) -> Int32? {
        status & 0x7F == 0 ? status >> 8 & 0xFF : nil
    }

    private static func kill(_ child: pid_t) -> Int32 {
        Glibc.kill(-child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func spawn(_ command: [String], input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that whatever it starts ends with it; our blocked signals are not its.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var arguments = command.map { strdup($0) } + [nil]
        let values = ["PATH=\(ReadingTools.folders.joined(separator: ":"))", "LC_ALL=C.UTF-8"]
        var environment = values.map { strdup($0) } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, command[0], &actions, &attributes, &arguments, &environment)
        guard code == 0 else {
            errno = code
            throw SystemFault("spawn")
        }
        return child
    }

    /// What it says, and whether it came to its end within the limits.
    private static func read(
        _ descriptor: Int32,
        _ limits: Limits,
        _ deadline: ContinuousClock.Instant
    ) -> (output: [UInt8], ended: Bool) {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { return (output, false) }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&poller, 1, Int32(left.rounded(.up)))
            guard ready > 0 else {
                if ready < 0, errno == EINTR { continue }
                return (output, false)
            }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return (output, true) }
            if count < 0 {
                if errno == EINTR { continue }
                return (output, false)
            }
            output += buffer[..<count]
            guard output.count <= limits.output else { return (output, false) }
        }
    }
}
