internal import CFastCGI
internal import Foundation
internal import Glibc

/// The socket on which nginx connects.
struct ListeningSocket: Sendable {
    /// A full backlog is EAGAIN in nginx, and so a 502 at once.
    static let backlog: Int32 = 4096

    private struct FileIdentity: Equatable {
        var device: Int
        var inode: Int
    }

    let descriptor: Int32
    private let path: String?
    private let identity: FileIdentity?

    /// Made by us, not passed down: ours to remove.
    var isOwn: Bool { path != nil }

    /// Takes the inherited socket if there is one and it is wanted, else makes one at the configured path.
    static func open(_ configuration: FastCGIConfiguration) throws(ListeningSocketError) -> ListeningSocket {
        if let given = configuration.givenSocket { return ListeningSocket(inherited: given) }
        let inherited =
            configuration.acceptsInheritedSocket
            ? InheritedSocket.find(
                environment: ProcessInfo.processInfo.environment,
                processID: getpid(),
                isListening: InheritedSocket.isListening
            ) : nil
        if let inherited { return ListeningSocket(inherited: inherited) }
        return try ListeningSocket(path: configuration.socketPath, mode: configuration.socketMode)
    }

    /// Uses a descriptor that already listens; child processes do not get it.
    init(inherited: Int32) {
        descriptor = inherited
        path = nil
        identity = nil
        Self.prepare(inherited)
    }

    /// Makes a unix socket; a socket file that nobody answers on is replaced.
    ///
    /// Two processes that start at the same instant may both find the file dead; the later one then has the
    /// path. The service manager starts one.
    init(path: String, mode: UInt32) throws(ListeningSocketError) {
        func failure(_ call: String) -> ListeningSocketError {
            .failed(path, reason: SystemError(call).description)
        }
        var address = try Self.address(path)
        try Self.removeStaleFile(path, &address)
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { throw failure("socket") }
        let isBound = Self.withAddress(&address) { bind(made, $0, $1) } == 0
        // Nobody can connect before listen: the mode is right by then.
        guard isBound, chmod(path, mode_t(mode)) == 0, listen(made, Self.backlog) == 0 else {
            let error = failure(isBound ? "listen" : "bind")
            Glibc.close(made)
            throw error
        }
        descriptor = made
        self.path = path
        identity = Self.identity(of: path)
        Self.prepare(descriptor)
    }

    func close() {
        Glibc.close(descriptor)
    }

    /// Removes the socket's file, unless another process has put its own there meanwhile (an upgrade).
    func unlink() {
        guard let path, let identity, Self.identity(of: path) == identity else { return }
        Glibc.unlink(path)
    }

    /// Not blocking, because another process may accept first on a shared socket.
    private static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private static func removeStaleFile(
        _ path: String,
        _ address: inout sockaddr_un
    ) throws(ListeningSocketError) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return }
        guard attributes[.type] as? FileAttributeType == .typeSocket else { throw .notASocket(path) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { Glibc.close(probe) }
        _ = fcntl(probe, F_SETFL, O_NONBLOCK)
        let result = withAddress(&address) { connect(probe, $0, $1) }
        // Anything but a refusal, a full backlog too, means that somebody listens.
        guard result < 0, errno == ECONNREFUSED else { throw .inUse(path) }
        Glibc.unlink(path)
    }

    private static func address(_ path: String) throws(ListeningSocketError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard !path.isEmpty, path.utf8.count <= limit else { throw .pathTooLong(path, limit: limit) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return address
    }

    private static func withAddress(
        _ address: inout sockaddr_un,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
            return body(start, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }

    private static func identity(of path: String) -> FileIdentity? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
            let device = attributes[.systemNumber] as? Int,
            let inode = attributes[.systemFileNumber] as? Int
        else { return nil }
        return FileIdentity(device: device, inode: inode)
    }
}
