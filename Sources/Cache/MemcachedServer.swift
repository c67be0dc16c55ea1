/// Where memcached listens: unix sockets and `host:port`, as MEMCACHED_SERVERS lists them.
package enum MemcachedServer: Sendable, Hashable {
    case socket(path: String)
    case network(host: String, port: UInt16)

    /// The servers of a comma-separated list; `host` alone means port 11211.
    ///
    /// - Returns: nil if an entry is neither a path nor a host with a port.
    package static func list(_ text: String) -> [MemcachedServer]? {
        var servers: [MemcachedServer] = []
        for entry in text.split(separator: ",") {
            let entry = entry.trimmingPrefix { $0 == " " }
            if entry.hasPrefix("/") || entry.hasPrefix(".") || entry.contains("/") {
                servers.append(.socket(path: String(entry)))
                continue
            }
            let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let host = parts.first, !host.isEmpty,
                let port = parts.count == 1 ? 11_211 : UInt16(parts[1])
            else { return nil }
            servers.append(.network(host: String(host), port: port))
        }
        return servers
    }
}
