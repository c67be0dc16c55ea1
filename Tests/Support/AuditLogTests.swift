import Foundation
import Logging
import Support
import Testing

@Suite("The audit log")
final class AuditLogTests {
    private let directory = FileManager.default.temporaryDirectory.appending(
        path: "audit-\(UUID().uuidString)"
    )
    private var path: String { directory.appending(path: "audit.log").path }
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private func open() throws -> AuditLog {
        try AuditLog(.file(path), logger: logger, now: { Date(timeIntervalSince1970: 1_800_000_000.25) })
    }

    private var lines: [String] {
        get throws {
            try String(contentsOfFile: path, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
    }

    @Test("writes who, what, which, when and from where, one JSON object a line")
    func line() throws {
        let log = try open()
        log.record(.signedIn, who: "anna", id: "session-1", from: "10.0.0.7", request: "abc")
        log.record(.signInRefused, who: nil, from: "10.0.0.8")
        #expect(
            try lines == [
                #"{"at":"2027-01-15T08:00:00.250Z","event":"signed-in","who":"anna","id":"session-1","#
                    + #""from":"10.0.0.7","request":"abc"}"#,
                #"{"at":"2027-01-15T08:00:00.250Z","event":"sign-in-refused","from":"10.0.0.8"}"#,
            ]
        )
    }

    @Test("stays one readable JSON line whatever a name holds, and bounds it")
    func hostile() throws {
        let name = "a\"b\\c\nd\u{1B}[31m\u{7F}\u{85}\u{2028}\u{202E}é😀"
        let log = try open()
        log.record(.accountAdded, who: name, from: "terminal")
        log.record(.accountAdded, who: String(repeating: "x", count: 5_000), from: "terminal")
        let lines = try lines
        #expect(lines.count == 2)
        for sign in "\u{1B}\u{7F}\u{85}\u{2028}\u{202E}".unicodeScalars {
            #expect(!lines[0].unicodeScalars.contains(sign))
        }
        let read = try JSONDecoder().decode([String: String].self, from: Data(lines[0].utf8))
        #expect(read["who"] == name)
        #expect(lines[1].utf8.count < 400)
    }

    @Test("is readable by its owner alone")
    func mode() throws {
        _ = try open()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test("goes on in a new file after the old one was moved away")
    func rotation() throws {
        let log = try open()
        log.record(.signedIn, who: "anna", from: "10.0.0.7")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        log.record(.signedOut, who: "anna", from: "10.0.0.7")
        #expect(try lines.count == 1)
        #expect(try lines[0].contains("signed-out"))
    }

    @Test("keeps the lines of many writers whole")
    func together() async throws {
        let log = try open()
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    for number in 0..<100 {
                        log.record(.command, who: "w\(writer)", id: "\(number)", from: "x")
                    }
                }
            }
        }
        let read = try lines.map { try JSONDecoder().decode([String: String].self, from: Data($0.utf8)) }
        #expect(Set(read.map { "\($0["who"] ?? "") \($0["id"] ?? "")" }).count == 800)
    }

    @Test("a place that cannot be written stops the start with its setting's name")
    func unwritable() {
        let fault = #expect(throws: InvalidSetting.self) {
            try AuditLog(.file("/nowhere/at/all/audit.log"), logger: logger)
        }
        #expect(fault?.name == "AUDIT_LOG")
        #expect(AuditLog.Place(setting: "stdout") == .standardOutput)
        #expect(AuditLog.Place(setting: "a/b") == .file("a/b"))
    }
}
