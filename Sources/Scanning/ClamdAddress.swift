import Glibc
import Synchronization

/// Where a clamd listens.
package enum ClamdAddress: Sendable, Equatable, CustomStringConvertible {
    case tcp(String, Int)
    case unix(String)

    package var description: String {
        switch self {
        case .tcp(let host, let port): "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// One way to reach it.
    struct Target {
        let family: Int32
        let bytes: [UInt8]
    }

    /// How long a name's addresses are kept: a container that is made anew has another.
    private static let kept = Duration.seconds(30)

    private struct Known {
        let targets: [Target]
        let until: ContinuousClock.Instant
    }

    private static let known = Mutex<[String: Known]>([:])

    /// For a thread that may wait: the system's resolver has no deadline but its own, so it is asked rarely.
    func targets() throws(ScanFailure) -> [Target] {
        if let known = Self.known.withLock({ $0[description] }), known.until > .now { return known.targets }
        let targets = try resolved()
        Self.known.withLock { $0[description] = Known(targets: targets, until: .now + Self.kept) }
        return targets
    }

    /// Nobody answers there: the next one asks the resolver again.
    func forget() {
        Self.known.withLock { $0[description] = nil }
    }

    private func resolved() throws(ScanFailure) -> [Target] {
        switch self {
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let bytes = Array(path.utf8)
            let fits = withUnsafeMutableBytes(of: &address.sun_path) { space in
                guard bytes.count < space.count else { return false }
                space.copyBytes(from: bytes)
                return true
            }
            guard fits else { throw ScanFailure(message: "\(path) is too long for a socket's path") }
            return [Target(family: AF_UNIX, bytes: withUnsafeBytes(of: &address) { Array($0) })]
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICSERV
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, String(port), &hints, &list)
            guard code == 0 else {
                throw ScanFailure(message: "\(host) has no address: \(String(cString: gai_strerror(code)))")
            }
            defer { freeaddrinfo(list) }
            var targets: [Target] = []
            var entry = list
            while let info = entry?.pointee {
                let bytes = UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen))
                targets.append(Target(family: info.ai_family, bytes: Array(bytes)))
                entry = info.ai_next
            }
            return targets
        }
    }
}
