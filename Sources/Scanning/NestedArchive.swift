/// An archive in an archive in an archive, deeper than any scanner may be set to look.
enum NestedArchive {
    /// Deeper than the 100 that clamd's MaxRecursion allows at most.
    private static let depth = 110

    static let deep: [UInt8] = (0..<depth).reduce(Array("deep".utf8)) { inner, _ in archive(of: inner) }

    /// A zip file with one member, `a.zip`, stored as it is.
    private static func archive(of content: [UInt8]) -> [UInt8] {
        let name = Array("a.zip".utf8)
        let size = UInt32(content.count)
        // Version, flags, method, time and date; then the checksum and both sizes.
        let common =
            shorts(20, 0, 0, 0, 0x21) + longs(checksum(content), size, size) + shorts(UInt16(name.count), 0)
        let local = longs(0x0403_4B50) + common + name + content
        let central = longs(0x0201_4B50) + shorts(20) + common + shorts(0, 0, 0) + longs(0, 0) + name
        let end =
            longs(0x0605_4B50) + shorts(0, 0, 1, 1) + longs(UInt32(central.count), UInt32(local.count))
            + shorts(0)
        return local + central + end
    }

    private static func shorts(_ values: UInt16...) -> [UInt8] {
        values.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    }

    private static func longs(_ values: UInt32...) -> [UInt8] {
        values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }

    /// CRC-32.
    private static func checksum(_ content: [UInt8]) -> UInt32 {
        ~content.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
    }
}
