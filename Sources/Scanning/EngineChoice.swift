import Glibc

/// Which engine scans, and why; made once, at the start.
package enum EngineChoice: Sendable, Equatable {
    case off
    case libclamav(directory: String, reason: String)
    case clamd(ClamdAddress, reason: String)

    /// What the settings ask for.
    package struct Wish: Sendable {
        package enum Engine: Sendable {
            case auto, libclamav, clamd
        }

        package var isEnabled = true
        package var engine = Engine.auto
        package var host = Self.defaultHost
        package var port = 3_310
        /// Empty: none.
        package var socket = ""
        package var directory = "/var/lib/clamav"

        /// The host that says nothing: it is what the setting has by default.
        package static let defaultHost = "localhost"

        package init() {}
    }

    /// - Parameter holdsSignatures: whether a directory holds signatures.
    package init(_ wish: Wish, holdsSignatures: (String) -> Bool = Self.holdsSignatures) {
        let clamd = wish.socket.isEmpty ? ClamdAddress.tcp(wish.host, wish.port) : .unix(wish.socket)
        guard wish.isEnabled else {
            self = .off
            return
        }
        switch wish.engine {
        case .libclamav:
            self = .libclamav(directory: wish.directory, reason: "SCAN_ENGINE says so")
        case .clamd:
            self = .clamd(clamd, reason: "SCAN_ENGINE says so")
        case .auto where !wish.socket.isEmpty:
            self = .clamd(clamd, reason: "CLAMAV_SOCKET is set")
        case .auto where wish.host != Wish.defaultHost:
            self = .clamd(clamd, reason: "CLAMAV_HOST is set")
        case .auto where holdsSignatures(wish.directory):
            self = .libclamav(directory: wish.directory, reason: "\(wish.directory) holds signatures")
        case .auto:
            self = .clamd(clamd, reason: "\(wish.directory) holds no signatures")
        }
    }

    /// Of the kinds of files that libclamav loads, those that make it find something.
    private static let kinds: Set<String> = [
        "cvd", "cld", "cud", "hdb", "hsb", "mdb", "msb", "ndb", "ldb", "yar", "yara",
    ]

    package static func holdsSignatures(_ directory: String) -> Bool {
        guard let stream = opendir(directory) else { return false }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let dot = name.lastIndex(of: "."), dot != name.startIndex,
                kinds.contains(String(name[name.index(after: dot)...]))
            {
                return true
            }
        }
        return false
    }

    /// For the log.
    package var words: String {
        switch self {
        case .off: "files are NOT scanned (ENABLE_VIRUS_SCAN=false): they reach the models as they come"
        case .libclamav(let directory, let reason):
            "files are scanned by libclamav with the signatures in \(directory): \(reason)"
        case .clamd(let address, let reason): "files are scanned by clamd at \(address): \(reason)"
        }
    }
}
