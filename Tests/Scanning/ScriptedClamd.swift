import Foundation
import Glibc
import Scanning
import Synchronization

/// Something on a unix socket that is not quite a clamd.
final class ScriptedClamd: Sendable {
    enum Way: Sendable {
        /// Takes everything, says nothing.
        case silence
        case hangUp
        /// Says it to everybody, at once or after the end of the stream.
        case say(String, afterAll: Bool)
    }

    private let listener: Int32
    private let isStopped = Atomic(false)

    init(at path: String, _ way: Way) throws {
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = listener
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                    && listen(descriptor, 16) == 0
            }
        }
        guard bound else { throw ScanFailure(message: "cannot listen at \(path): \(errno)") }
        Thread.detachNewThread { self.serve(way) }
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private func serve(_ way: Way) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Thread.detachNewThread { self.answer(connection, way) }
        }
        close(listener)
    }

    private func answer(_ connection: Int32, _ way: Way) {
        defer { close(connection) }
        switch way {
        case .hangUp: return
        case .silence:
            while !isStopped.load(ordering: .relaxed), read(connection, until: nil) {}
        case .say(let words, let afterAll):
            if afterAll {
                _ = read(connection, until: [0, 0, 0, 0])
            }
            _ = send(connection, words, words.utf8.count, Int32(MSG_NOSIGNAL))
            // Takes what still comes, as a kernel does for a server that has closed its end properly.
            shutdown(connection, Int32(SHUT_WR))
            while read(connection, until: nil) {}
        }
    }

    /// Reads until the stream's last bytes are `end`, or once.
    ///
    /// - Returns: false at the connection's end.
    private func read(_ connection: Int32, until end: [UInt8]?) -> Bool {
        var tail: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            guard let end else { return true }
            tail = Array((tail + buffer[..<count]).suffix(8))
            // A command of a few bytes, such as PING, is whole by its NUL.
            if tail.suffix(end.count) == end[...] || tail.count < 8 && tail.last == 0 { return true }
        }
    }
}
