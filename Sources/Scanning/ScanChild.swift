import Glibc

/// One running `parley-scan`, seen from the responder.
struct ScanChild {
    let pid: Int32
    let socket: Int32

    enum Received {
        case message([UInt8])
        case nothing
        case end
    }

    /// Starts the program with the socket's other end as its descriptor 3; it closes all others.
    ///
    /// The kernel ends it with the thread that calls this.
    static func start(_ program: String, _ arguments: [String]) throws(ScanFailure) -> ScanChild {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ScanFailure(message: "no socket: \(errno)")
        }
        defer { close(ends[1]) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // Away from the terminal's Ctrl-C: scans go on while requests come to their end.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var argv = ([program] + arguments).map { strdup($0) } + [nil]
        // Not our environment, which holds keys; and no backtrace, which would show what files hold.
        let environment = ["LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no"]
        var envp = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: Int32 = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            close(ends[0])
            throw ScanFailure(message: "\(program) cannot be started: \(String(cString: strerror(code)))")
        }
        return ScanChild(pid: pid, socket: ends[0])
    }

    /// Hands a file over; never waits.
    ///
    /// - Returns: false when the process takes nothing more.
    func hand(_ descriptor: Int32, id: UInt64, size: Int) -> Bool {
        var message = Array("scan \(id) \(size)".utf8)
        // cmsghdr, which Swift has no macros for: its length, SOL_SOCKET and SCM_RIGHTS, the descriptor.
        var control: [UInt64] = [20, UInt64(SOL_SOCKET) | 1 << 32, UInt64(UInt32(bitPattern: descriptor))]
        return message.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { space in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { part in
                    var header = msghdr()
                    header.msg_iov = part
                    header.msg_iovlen = 1
                    header.msg_control = space.baseAddress
                    header.msg_controllen = space.count
                    let flags = Int32(truncatingIfNeeded: MSG_DONTWAIT | MSG_NOSIGNAL)
                    return sendmsg(socket, &header, flags) == bytes.count
                }
            }
        }
    }

    func receive() -> Received {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        while true {
            let count = recv(socket, &buffer, buffer.count, Int32(truncatingIfNeeded: MSG_DONTWAIT))
            if count > 0 { return .message(Array(buffer[..<count])) }
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == EAGAIN ? .nothing : .end
        }
    }

    /// Ends it, if it has not ended by itself.
    ///
    /// - Returns: how it ended, in words.
    func end() -> String {
        kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        close(socket)
        let signal = status & 0x7F
        return signal == 0 ? "status \((status >> 8) & 0xFF)" : "signal \(signal)"
    }
}
