import Crypto
import Foundation

/// A fresh secret of 256 random bits, which is handed out once; what is kept of it is its hash.
package struct RandomSecret: Sendable {
    /// 43 letters, digits, `-` and `_`, behind the prefix.
    package let text: String

    /// - Parameter prefix: tells people and scanners what they have found.
    package init(prefix: String = "") {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
        text =
            prefix
            + Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    package var hash: String { Self.hash(text) }

    /// What is kept of a secret, and looked up by.
    ///
    /// Without salt or cost: nobody guesses 256 random bits.
    package static func hash(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
