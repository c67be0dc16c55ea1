/// Who scans files before anything reads them.
package struct ScanSettings: Sendable {
    package enum Engine: String, Sendable, CaseIterable {
        /// clamd if it is pointed to, else libclamav if it has signatures, else clamd.
        case auto
        case libclamav, clamd
    }

    package let isEnabled: Bool
    package let engine: Engine
    package let host: String
    package let port: Int
    /// clamd's unix socket; empty: none.
    package let socket: String
    /// The directory of libclamav's signatures.
    package let databaseDirectory: String

    init(from reader: SettingsReader) throws {
        isEnabled = try reader.flag("ENABLE_VIRUS_SCAN", default: true)
        engine = try reader.choice("SCAN_ENGINE", default: .auto)
        host = reader.string("CLAMAV_HOST", default: "localhost")
        guard host.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x2F }) else {
            throw InvalidSetting(
                name: "CLAMAV_HOST",
                fault: "\"\(host)\" is no host",
                allowed: "a name or an address, without a port or a scheme"
            )
        }
        port = try reader.integer("CLAMAV_PORT", default: 3_310, in: 1...65_535)
        socket = reader.string("CLAMAV_SOCKET")
        // The kernel's own limit, less the byte that ends it.
        guard socket.isEmpty || socket.hasPrefix("/") && socket.utf8.count <= 107 else {
            throw InvalidSetting(
                name: "CLAMAV_SOCKET",
                fault: "\"\(socket)\" is no path of a socket",
                allowed: "an absolute path of at most 107 bytes"
            )
        }
        databaseDirectory = reader.string("CLAMAV_DATABASE_DIR", default: "/var/lib/clamav")
    }
}
