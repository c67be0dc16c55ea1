package import Foundation
import Glibc
package import Logging

/// Who did what, to which thing, when and from where: one JSON object a line, apart from the log.
///
/// The log says how Parley fares and may be read by whoever looks after it; this says what people did. Neither
/// holds anybody's words: a line has names of accounts, ids and addresses, nothing else.
package struct AuditLog: Sendable {
    /// What happened.
    ///
    /// The words are part of the file's format: people search for them.
    package enum Event: String, Sendable, CaseIterable {
        case signedIn = "signed-in"
        case signInRefused = "sign-in-refused"
        case signedOut = "signed-out"
        case sessionEnded = "session-ended"
        case passwordChanged = "password-changed"
        case accountAdded = "account-added"
        case accountDisabled = "account-disabled"
        case accountEnabled = "account-enabled"
        case roleChanged = "role-changed"
        case tokenAdded = "token-added"
        case tokenRevoked = "token-revoked"
        case accessRefused = "access-refused"
        case rateLimited = "rate-limited"
        /// An accepted command; its name stands in `command`.
        case command
        case fileRefused = "file-refused"
        case fileHandedOut = "file-handed-out"
        case exported
    }

    /// Where the lines go.
    package enum Place: Sendable, Hashable {
        case file(String)
        /// The process's standard output; the log is on standard error.
        case standardOutput
        case nowhere

        /// - Parameter setting: what AUDIT_LOG says.
        package init(setting: String) {
            self = setting == "stdout" ? .standardOutput : .file(setting)
        }
    }

    /// Nothing we record is longer; what is, a stranger has made up.
    private static let longestValue = 200

    private let place: Place
    private let logger: Logger
    private let now: @Sendable () -> Date

    /// - Parameter logger: is told when a line cannot be written; what it was about goes on all the same.
    /// - Throws: ``InvalidSetting`` when the file cannot be opened for writing.
    package init(
        _ place: Place,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) throws {
        self.place = place
        self.logger = logger
        self.now = now
        if case .file(let path) = place, !Self.append([], to: path) {
            throw InvalidSetting(
                name: "AUDIT_LOG",
                fault: "\"\(path)\" cannot be opened for writing: \(String(cString: strerror(errno)))",
                allowed: "the path of a file, or stdout"
            )
        }
    }

    /// A log that keeps nothing.
    package static let off = AuditLog()

    private init() {
        place = .nowhere
        logger = Logger(label: "audit") { _ in SwiftLogNoOpLogHandler() }
        now = { Date() }
    }

    /// Writes one line.
    ///
    /// - Parameters:
    ///   - who: the account's name or the person's id; at a refused sign-in only if there is such an account,
    ///     for people type passwords into the wrong field.
    ///   - id: of the thing that it was done to: a discussion, a file, a session, a token, another account.
    ///   - from: the peer's address; `terminal` for what was done by the command line.
    ///   - request: nginx's id of the request.
    ///   - command: the command's name, for ``Event/command``, or the class of a refusal; never text of people.
    package func record(
        _ event: Event,
        who: String?,
        id: String? = nil,
        from: String,
        request: String? = nil,
        command: String? = nil
    ) {
        guard place != .nowhere else { return }
        // By hand, so that the fields come in the order in which one reads them.
        let fields = [
            ("at", now().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            ("event", event.rawValue), ("command", command), ("who", who), ("id", id), ("from", from),
            ("request", request),
        ]
        let members = fields.compactMap { name, value in value.map { "\"\(name)\":\(Self.quoted($0))" } }
        let line = Array("{\(members.joined(separator: ","))}\n".utf8)
        switch place {
        case .file(let path):
            guard !Self.append(line, to: path) else { return }
        case .standardOutput:
            guard !Self.write(line, to: STDOUT_FILENO) else { return }
        case .nowhere: return
        }
        logger.critical(
            "an audit line could not be written",
            metadata: ["event": "\(event.rawValue)", "error": "\(String(cString: strerror(errno)))"]
        )
    }

    /// Opens the file anew for each line, so that it can be moved away at any time, and lines of several
    /// processes stay whole: each is one write at the end.
    private static func append(_ line: [UInt8], to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return line.isEmpty || write(line, to: descriptor)
    }

    private static func write(_ line: [UInt8], to descriptor: Int32) -> Bool {
        var written: Int
        repeat { written = Glibc.write(descriptor, line, line.count) } while written < 0 && errno == EINTR
        return written == line.count
    }

    /// `value` as a JSON string in one line of plain signs.
    private static func quoted(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars.prefix(longestValue) {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case " "..."~": text.unicodeScalars.append(scalar)
            case let scalar where scalar.properties.isAlphabetic: text.unicodeScalars.append(scalar)
            default:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            }
        }
        return text + "\""
    }
}
