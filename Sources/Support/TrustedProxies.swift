internal import Glibc

/// The proxies whose word about a request's origin is taken: addresses, and networks such as `10.0.0.0/8`.
package struct TrustedProxies: Sendable, Hashable {
    /// The bytes of an address, and how many of its bits count.
    private struct Network: Hashable {
        let bytes: [UInt8]
        let bits: Int

        func contains(_ other: [UInt8]) -> Bool {
            guard other.count == bytes.count else { return false }
            let whole = bits / 8
            guard bytes[..<whole] == other[..<whole] else { return false }
            let rest = bits % 8
            return rest == 0 || (bytes[whole] ^ other[whole]) >> UInt8(8 - rest) == 0
        }
    }

    private let networks: [Network]

    package var isEmpty: Bool { networks.isEmpty }

    /// Reads addresses separated by commas; nil if one is none, or has bits beyond its length.
    package init?(_ text: String) {
        var networks: [Network] = []
        for entry in text.split(separator: ",") {
            let parts = entry.trimmedSpaces.split(separator: "/", omittingEmptySubsequences: false)
            guard let bytes = Self.bytes(String(parts[0])), parts.count <= 2 else { return nil }
            var bits = bytes.count * 8
            if parts.count == 2 {
                guard let length = Int(parts[1]), (0...bits).contains(length), parts[1].first != "+" else {
                    return nil
                }
                bits = length
            }
            let network = Network(bytes: bytes, bits: bits)
            // 10.1.2.3/8 is a typing error sooner than a wish.
            let base = bytes.enumerated().map { index, byte in
                byte & UInt8(truncatingIfNeeded: 0xFF00 >> max(0, min(8, bits - index * 8)))
            }
            guard base == bytes else { return nil }
            networks.append(network)
        }
        self.networks = networks
    }

    /// Whether what this peer says of others is believed.
    package func contains(_ address: String) -> Bool {
        guard let bytes = Self.bytes(address) else { return false }
        return networks.contains { $0.contains(bytes) }
    }

    /// 4 or 16 bytes; an IPv4 address that came as IPv6 counts as what it is.
    private static func bytes(_ address: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, address, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var sixteen = in6_addr()
        guard inet_pton(AF_INET6, address, &sixteen) == 1 else { return nil }
        let bytes = withUnsafeBytes(of: &sixteen) { Array($0) }
        return bytes.starts(with: [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])
            ? Array(bytes.suffix(4)) : bytes
    }
}

extension Substring {
    fileprivate var trimmedSpaces: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}

extension SettingsReader {
    package func trustedProxies(_ name: String) throws -> TrustedProxies {
        let text = string(name)
        guard let proxies = TrustedProxies(text) else {
            throw InvalidSetting(
                name: name,
                fault: "\"\(text)\" is no list of addresses",
                allowed:
                    "addresses and networks such as 10.0.0.7, 192.168.1.0/24 or fd00::/8, separated by commas"
            )
        }
        return proxies
    }
}
