internal import CFastCGI
internal import Glibc

/// Finds a listening socket that the init system, or nginx's own spawner, passed down.
enum InheritedSocket {
    /// The first descriptor of systemd's protocol. Source: sd_listen_fds(3).
    static let firstPassed: Int32 = 3

    /// The descriptor to use: LISTEN_FDS if it is meant for this process, else fd 0 if it listens.
    ///
    /// - Parameter isListening: whether a descriptor is a listening stream socket.
    static func find(
        environment: [String: String],
        processID: Int32,
        isListening: (Int32) -> Bool
    ) -> Int32? {
        if environment["LISTEN_PID"].flatMap(Int32.init) == processID,
            let count = environment["LISTEN_FDS"].flatMap(Int32.init), count > 0,
            isListening(firstPassed)
        {
            return firstPassed
        }
        return isListening(STDIN_FILENO) ? STDIN_FILENO : nil
    }

    /// Asks the kernel.
    static func isListening(_ descriptor: Int32) -> Bool {
        option(SO_ACCEPTCONN, of: descriptor) == 1
            && option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
    }

    private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }
}
