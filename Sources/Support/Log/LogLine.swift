import Foundation
import Logging

/// One event of the log as one line, with everything redacted that a log may not say.
struct LogLine {
    /// All texts of a line together, in bytes; what goes beyond is cut, so that one mistake cannot fill a disk.
    static let longest = 16_384

    private let redactor: Redactor
    private var room = Self.longest

    init(_ redactor: Redactor) {
        self.redactor = redactor
    }

    /// `2026-11-23T13:14:15.678Z info    request method=GET path=/`.
    mutating func text(_ event: LogEvent, at instant: Date, _ metadata: Logger.Metadata) -> String {
        let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        var line = "\(Self.instant(instant)) \(level) \(LineText.message(clean(event.message.description)))"
        if let error = event.error { line += " error=\(LineText.value(clean(ErrorWords.of(error))))" }
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " \(LineText.value(clean(key)))=\(plain(value, of: key))"
        }
        return line
    }

    /// `{"at":"…","level":"info","message":"request","source":"Site","data":{"method":"GET"}}`.
    mutating func json(_ event: LogEvent, at instant: Date, _ metadata: Logger.Metadata) -> String {
        var members = [
            "\"at\":\"\(Self.instant(instant))\"", "\"level\":\"\(event.level.rawValue)\"",
            "\"message\":\(LineText.json(clean(event.message.description)))",
            "\"source\":\(LineText.json(clean(event.source)))",
        ]
        var metadata = metadata
        if let request = metadata.removeValue(forKey: "request") {
            members.append("\"request\":\(json(request, of: "request"))")
        }
        if let error = event.error {
            members.append("\"error\":\(LineText.json(clean(ErrorWords.of(error))))")
        }
        if !metadata.isEmpty { members.append("\"data\":\(json(.dictionary(metadata), of: "data"))") }
        return "{\(members.joined(separator: ","))}"
    }

    private static func instant(_ instant: Date) -> String {
        instant.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    private mutating func plain(_ value: Logger.MetadataValue, of key: String) -> String {
        switch value {
        case .string(let text): LineText.value(clean(text, of: key))
        case .stringConvertible(let value): LineText.value(clean(value.description, of: key))
        case .array, .dictionary: LineText.value(json(value, of: key))
        }
    }

    private mutating func json(_ value: Logger.MetadataValue, of key: String) -> String {
        switch value {
        case .string(let text): return LineText.json(clean(text, of: key))
        case .stringConvertible(let value): return LineText.json(clean(value.description, of: key))
        case .array(let values):
            var parts: [String] = []
            for value in values { parts.append(json(value, of: key)) }
            return "[\(parts.joined(separator: ","))]"
        case .dictionary(let values):
            var parts: [String] = []
            for (inner, value) in values.sorted(by: { $0.key < $1.key }) {
                // A secret's name counts for all that is below it.
                let name = NamedSecrets.isSecret(name: key.utf8) ? key : inner
                parts.append("\(LineText.json(clean(inner))):\(json(value, of: name))")
            }
            return "{\(parts.joined(separator: ","))}"
        }
    }

    private mutating func clean(_ text: String, of key: String) -> String {
        NamedSecrets.isSecret(name: key.utf8) && !text.isEmpty ? "‹secret›" : clean(text)
    }

    /// Redacted first, then cut: half a key would no longer look like one.
    private mutating func clean(_ text: String) -> String {
        let clean = redactor.redact(text)
        let bytes = clean.utf8
        guard bytes.count > room else {
            room -= bytes.count
            return clean
        }
        let kept = String(decoding: bytes.prefix(room), as: UTF8.self)
        room = 0
        return "\(kept)‹\(bytes.count - kept.utf8.count) more bytes›"
    }
}
