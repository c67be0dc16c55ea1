import Crypto
import Foundation

/// The name under which memcached keeps a value: a hash of everything that the value depends on.
///
/// 128 bits of SHA-256, so that nothing of an id shows in memcached, and no two values share a name.
package struct CacheKey: Sendable, Hashable {
    /// In bytes.
    package static let length = 32

    private let high: UInt64
    private let low: UInt64

    init(_ parts: String...) {
        var hash = SHA256()
        for part in parts {
            // Each with its length before it, so that no two lists run together into the same bytes.
            hash.update(data: Data("\(part.utf8.count):\(part)".utf8))
        }
        let words = hash.finalize().withUnsafeBytes { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        (high, low) = words
    }

    /// As memcached is given it: letters and digits.
    package var text: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    /// - Returns: nil for what is no key of ours.
    init?(text: some StringProtocol) {
        guard text.utf8.count == Self.length, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    private static func hexadecimal(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
