/// Why there is no socket to listen on.
package enum ListeningSocketError: Error, Equatable, CustomStringConvertible {
    case pathTooLong(String, limit: Int)
    /// Something that is not a socket lies at the path; it is never removed.
    case notASocket(String)
    /// Another process answers on the socket.
    case inUse(String)
    case failed(String, reason: String)

    package var description: String {
        switch self {
        case .pathTooLong(let path, let limit): "\(path): a socket's path has at most \(limit) bytes"
        case .notASocket(let path): "\(path): exists and is not a socket"
        case .inUse(let path): "\(path): another process answers there"
        case .failed(let path, let reason): "\(path): \(reason)"
        }
    }
}
