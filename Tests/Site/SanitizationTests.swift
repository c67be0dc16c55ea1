import Domain
import Doubles
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Scanning
import Synchronization
import Testing
import Uploads

@testable import Site

/// What people write stays out of the log, and what they send out of everything until it was scanned.
///
/// A whole run's log at its most talkative is read by test_sanitization.py.
@Suite("Sanitization", .timeLimit(.minutes(5)))
struct SanitizationTests {
    private static let word = "Zanzibarquince"
    private static let eicar = #"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"#

    /// Uploads that log all they can, and where their files lie.
    private func withLoggedUploads(
        _ scan: Uploads.Scan,
        _ body: (TestSite, Said, _ left: () throws -> [String]) async throws -> Void
    ) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let said = Said()
        let uploads = try Uploads(dataDirectory: path, limits: .init(), scan: scan, logger: said.logger)
        try await withSite(uploads: uploads) { site in
            try await body(site, said) {
                try FileManager.default.subpathsOfDirectory(atPath: path).filter { name in
                    var isDirectory: ObjCBool = false
                    _ = FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory)
                    return !isDirectory.boolValue && !name.hasSuffix(".lock")
                }
            }
        }
    }

    @Test("keeps what people write and ask for out of a request's line")
    func requests() async throws {
        try await withSite { site in
            let said = Said()
            let form = "topic=\(Self.word)&command_id=\(Self.word)"
            let asked: [(HTTPRequest.Method, String, String)] = [
                (.get, "/?q=\(Self.word)", ""), (.get, "/?topic=\(Self.word)", ""),
                (.post, "/discussions", form),
                (.get, "/discussions/none?message=\(Self.word)", ""),
                (.post, "/discussions/none/input", "input=\(Self.word)"),
            ]
            for (method, path, body) in asked {
                let head = HTTPRequest(
                    method: method,
                    scheme: "http",
                    authority: "localhost",
                    path: path,
                    headerFields: [
                        .contentType: "application/x-www-form-urlencoded", .cookie: "a=\(Self.word)",
                        .referer: "http://localhost/?q=\(Self.word)", .userAgent: Self.word,
                        .authorization: "Bearer \(Self.word)",
                    ]
                )
                let source = RequestSource(
                    logger: said.logger,
                    remoteAddress: "127.0.0.1",
                    answerLater: { _ in }
                )
                _ = try await site.site.responder().respond(
                    to: Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body))),
                    context: SiteContext(source: source)
                )
            }
            #expect(said.lines.count { $0.contains("request") } >= asked.count)
            #expect(said.lines.filter { $0.contains(Self.word) } == [])
        }
    }

    @Test("keeps names and contents of files out of the log, also of those that are refused")
    func files() async throws {
        try await withLoggedUploads(.by(ScriptedScanner.eicar)) { site, said, _ in
            for content in ["\(Self.word)", "\(Self.eicar) \(Self.word)", "\u{1}\u{2}\(Self.word)"] {
                _ = try await site.post(
                    parts: [("topic", nil, "Why?"), ("files", "\(Self.word).txt", content)],
                    to: "/discussions",
                    [.accept: "application/json", .idempotencyKey: content]
                )
            }
            #expect(said.lines.filter { $0.contains(Self.word) } == [])
        }
    }

    @Test("scans a file before anything else looks at it, and keeps nothing of one that is infected")
    func infected() async throws {
        let scanner = ScriptedScanner.eicar
        try await withLoggedUploads(.by(scanner)) { site, _, left in
            let answer = try await site.post(
                parts: [("topic", nil, "Why?"), ("files", "a.pdf", "%PDF-1.4 \(Self.eicar)")],
                to: "/discussions",
                [.accept: "application/json", .idempotencyKey: "c1"]
            )
            #expect(answer.status == 422)
            #expect(try answer.json()["error"] is [String: Any])
            #expect(scanner.scanned.count == 1)
            #expect(try left() == [])
            #expect(try await !site.get("/").text.contains("Why?"))
        }
    }

    @Test("takes no file that could not be scanned")
    func unscanned() async throws {
        let broken = ScriptedScanner { _ throws(ScanFailure) in throw ScanFailure(message: "no signatures") }
        try await withLoggedUploads(.by(broken)) { site, _, left in
            let answer = try await site.post(
                parts: [("topic", nil, "Why?"), ("files", "a.txt", "harmless")],
                to: "/discussions",
                [.accept: "application/json", .idempotencyKey: "c1"]
            )
            #expect(answer.status == 503)
            #expect(try answer.error()["code"] == "SCAN_UNAVAILABLE")
            #expect(try left() == [])
        }
    }
}

/// Everything that is logged, at every level, with all metadata.
private final class Said: Sendable {
    private let said = Mutex<[String]>([])

    var lines: [String] { said.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(said: self) } }

    private struct Handler: LogHandler {
        let said: Said
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = metadata.merging(event.metadata ?? [:]) { $1 }.map { "\($0)=\($1)" }.joined(
                separator: " "
            )
            said.said.withLock { $0.append("\(event.level) \(event.message) \(more)") }
        }
    }
}
