package import Foundation
import Glibc
package import Logging

/// The one way into the log: every line of every logger passes here, is redacted, and leaves as one line.
package struct RedactingLogHandler: LogHandler {
    package enum Format: String, Sendable, CaseIterable {
        /// For people.
        case text
        /// One object a line, for programs.
        case json
    }

    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let format: Format
    private let redactor: Redactor
    private let now: @Sendable () -> Date
    private let write: @Sendable (String) -> Void

    /// - Parameters:
    ///   - secrets: what is configured and must not appear, whatever its shape.
    ///   - write: takes a whole line with its line feed; standard error, unless a test brings its own.
    package init(
        format: Format,
        secrets: [Secret],
        now: @escaping @Sendable () -> Date = { Date() },
        write: @escaping @Sendable (String) -> Void = Self.toStandardError
    ) {
        self.format = format
        redactor = Redactor(secrets: secrets.map { $0.reveal() })
        self.now = now
        self.write = write
    }

    /// A logger of the whole program.
    package func logger(level: Settings.LogLevel) -> Logger {
        var handler = self
        handler.metadataProvider = RequestID.metadata
        var logger = Logger(label: "parley") { [handler] _ in handler }
        logger.logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        return logger
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        all.merge(metadataProvider?.get() ?? [:]) { _, new in new }
        all.merge(event.metadata ?? [:]) { _, new in new }
        var line = LogLine(redactor)
        switch format {
        case .text: write(line.text(event, at: now(), all) + "\n")
        case .json: write(line.json(event, at: now(), all) + "\n")
        }
    }

    /// One write, so that lines of several threads do not mix.
    package static let toStandardError: @Sendable (String) -> Void = { line in
        let bytes = Array(line.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                buffer.baseAddress.map { Glibc.write(STDERR_FILENO, $0 + written, bytes.count - written) }
                    ?? 0
            }
            guard count > 0 || (count < 0 && errno == EINTR) else { return }
            written += max(0, count)
        }
    }
}
