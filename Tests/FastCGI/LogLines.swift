import Logging
import Synchronization

/// Keeps log lines so that tests can count them.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    private let gate = Gate()

    /// Lines of level warning and above.
    var all: [String] { lines.withLock { $0 } }

    func wait(for count: Int) async {
        await gate.wait(for: count)
    }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self) }
    }

    private func append(_ line: String) {
        lines.withLock { $0.append(line) }
        gate.add()
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let reason = (event.metadata ?? [:]).values.map { "\($0)" }.joined(separator: " ")
            lines.append("\(event.message): \(reason)")
        }
    }
}
