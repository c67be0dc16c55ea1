/// Tells whether a file is free of malware.
package protocol FileScanner: Sendable {
    /// Scans one file.
    ///
    /// - Parameters:
    ///   - descriptor: open for reading; stays the caller's. The file is regular and complete.
    ///   - size: its length in bytes.
    func scan(descriptor: Int32, size: Int) async throws(ScanFailure) -> ScanVerdict
}

package enum ScanVerdict: Sendable, Equatable {
    case clean
    case infected(signature: String)
    /// Over a limit, such as too deeply nested: never passed.
    case refused(reason: String)
}

/// No verdict: the file must not be passed (SCAN_UNAVAILABLE).
package struct ScanFailure: Error, Equatable {
    /// For the log.
    package let message: String

    package init(message: String) { self.message = message }
}
