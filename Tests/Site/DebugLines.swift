import Logging
import Synchronization

/// What was logged of readings.
final class DebugLines: Sendable {
    private let lines = Mutex<[Logger.Metadata]>([])

    var last: Logger.Metadata? { lines.withLock { $0.last } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(lines: self) }
        logger.logLevel = .debug
        return logger
    }

    private struct Handler: LogHandler {
        let lines: DebugLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard let metadata = event.metadata, metadata["cache"] != nil else { return }
            lines.lines.withLock { $0.append(metadata) }
        }
    }
}
