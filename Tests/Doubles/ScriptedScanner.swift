import Foundation
package import Scanning
import Synchronization

/// A scanner that says what a test wants, by the file's first bytes.
package final class ScriptedScanner: FileScanner {
    private let say: @Sendable ([UInt8]) throws(ScanFailure) -> ScanVerdict
    private let seen = Mutex<[[UInt8]]>([])

    package init(_ say: @escaping @Sendable ([UInt8]) throws(ScanFailure) -> ScanVerdict) {
        self.say = say
    }

    /// Knows EICAR's test file by its words, wherever they stand in the first 64 KB.
    package static var eicar: ScriptedScanner {
        ScriptedScanner { bytes in
            String(decoding: bytes, as: UTF8.self).contains("EICAR-STANDARD-ANTIVIRUS-TEST-FILE")
                ? .infected(signature: "Eicar-Test-Signature") : .clean
        }
    }

    /// The beginnings of the files that it was shown.
    package var scanned: [[UInt8]] { seen.withLock { $0 } }

    package func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict {
        var bytes = [UInt8](repeating: 0, count: min(size, 64 << 10))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count == bytes.count else { throw ScanFailure(message: "the file cannot be read whole") }
        seen.withLock { $0.append(bytes) }
        return try say(bytes)
    }
}
