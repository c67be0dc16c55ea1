package import Domain

/// Why files are not taken; nothing of the command was done, and nothing of them is kept.
package struct FilesRefused: Error, Sendable {
    /// One file, and why it was refused.
    package struct File: Sendable, Encodable, Equatable {
        package let name: String
        package let code: ErrorCode
        /// In a person's words.
        package let message: String
    }

    package let code: ErrorCode
    /// In a person's words; names each file.
    package let message: String
    package let files: [File]
    /// In seconds, where the same files may be taken then.
    package let retryAfter: Int?

    /// - Parameter files: at least one; the first one's code is that of all.
    init(_ files: [File]) {
        code = files.first?.code ?? .validation
        message = files.map(\.message).joined(separator: " ") + " Nothing was added."
        self.files = files
        retryAfter = nil
    }

    init(_ code: ErrorCode, _ message: String, files: [File] = [], retryAfter: Int? = nil) {
        self.code = code
        self.message = message
        self.files = files
        self.retryAfter = retryAfter
    }
}
