import Foundation
import Glibc
import Synchronization

/// The listening socket and what is known of its connections.
final class ScriptedProviderServer: Sendable {
    struct State {
        var requests: [ScriptedProvider.RecordedRequest] = []
        var open: Set<Int32> = []
        var accepted = 0
        var abandoned = 0
        var isStopped = false
    }

    struct SocketError: Error {
        let call: String
        let code: Int32
    }

    let port: Int
    let state = Mutex(State())
    let rule: ScriptedProvider.Rule
    private let listener: Int32

    init(rule: @escaping ScriptedProvider.Rule) throws {
        self.rule = rule
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw SocketError(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var length = size
        let fd = listener
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(fd, $0, size) == 0 && listen(fd, 1_024) == 0 && getsockname(fd, $0, &length) == 0
            }
        }
        guard result else {
            let code = errno
            close(listener)
            throw SocketError(call: "bind", code: code)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }

    func start() {
        detach { server in server.acceptUntilStopped() }
    }

    func stop() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isStopped = true
            // Refuses and wakes; each thread closes its own socket.
            shutdown(listener, Int32(SHUT_RDWR))
            for connection in state.open { shutdown(connection, Int32(SHUT_RDWR)) }
        }
    }

    private func acceptUntilStopped() {
        defer { close(listener) }
        while !isStopped {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 20) > 0 else { continue }
            let fd = accept(listener, nil, nil)
            guard fd >= 0 else { continue }
            let number: Int? = state.withLock { state in
                guard !state.isStopped else { return nil }
                state.open.insert(fd)
                state.accepted += 1
                return state.accepted
            }
            guard let number else {
                close(fd)
                continue
            }
            detach { server in
                ScriptedProviderConnection(fd: fd, number: number, server: server).serve()
                server.state.withLock { state in
                    state.open.remove(fd)
                    _ = close(fd)
                }
            }
        }
    }

    private func detach(_ work: @escaping @Sendable (ScriptedProviderServer) -> Void) {
        let thread = Thread { work(self) }
        thread.stackSize = 512 * 1_024
        thread.start()
    }
}
