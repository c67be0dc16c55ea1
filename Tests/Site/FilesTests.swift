import Domain
import Doubles
import Foundation
import HTTPTypes
import Logging
import Providers
import Scanning
import Store
import TestSupport
import Testing
import Uploads

@testable import Site

@Suite("Files in forms and on pages", .timeLimit(.minutes(5)))
struct FilesTests {
    private static let eicar = #"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"#

    private func withFiles(
        _ scanner: ScriptedScanner = .eicar,
        limits: UploadLimits = .init(),
        _ voices: [ScriptedVoice] = [ScriptedVoice(.local, .say("Well."))],
        _ body: (TestSite, ScriptedScanner, _ left: () throws -> [String]) async throws -> Void
    ) async throws {
        try await withUploads(.by(scanner), limits: limits) { uploads in
            try await withSite(voices, uploads: uploads) { site in
                try await body(site, scanner) {
                    try FileManager.default.contentsOfDirectory(atPath: uploads.directory.path)
                }
            }
        }
    }

    @Test("have what PDFs are read with in the health report")
    func health() async throws {
        try await withFiles { site, _, _ in
            let components = try await site.get("/health").json()["components"] as? [String: Any]
            #expect(components?["pdf"] as? [String: String] == ["status": "ok", "detail": "can be read"])
            #expect(try await site.get("/status").text.contains("can be read"))
        }
    }

    @Test("that nobody can receive just now are answered with 503 and when to come again")
    func tooMany() async throws {
        var limits = UploadLimits()
        limits.receptions = 0
        try await withFiles(limits: limits) { site, _, left in
            let answer = try await site.post(
                parts: [("topic", nil, "Why?"), ("files", "a.txt", "Hello")],
                to: "/discussions",
                [.accept: "application/json", .idempotencyKey: "many"]
            )
            #expect(answer.status == 503)
            #expect(try answer.error()["code"] == "SCAN_UNAVAILABLE")
            #expect(answer.headers[.retryAfter] == "5")
            let page = try await site.post(
                parts: [
                    ("files", "a.txt", "Hello"), ("topic", nil, "Why is the sky blue?"),
                    ("command_id", nil, "many-2"),
                ],
                to: "/discussions"
            )
            #expect(page.status == 503 && page.text.contains("Too many people are sending files"))
            #expect(page.text.contains("\nWhy is the sky blue?</textarea>"), "what was typed is kept")
            #expect(try left() == [])
        }
    }

    @Test("start a discussion; the page lists them, and the JSON has them")
    func start() async throws {
        try await withFiles { site, _, left in
            let sent = try await site.post(
                parts: [
                    ("topic", nil, "Why?"), ("command_id", nil, "c1"), ("files", "../<b>.txt", "Hello"),
                    ("files", "", ""),
                ],
                to: "/discussions"
            )
            #expect(sent.status == 303)
            let id = try sent.discussion()
            _ = try await site.waiting(id)
            let page = try await site.get("/discussions/\(id)").text
            let file = try #require(left().first)
            #expect(
                page.contains(
                    #"<li id="file-\#(file)"><a href="/files/\#(file)" dir="auto">&lt;b&gt;.txt</a>"#
                )
            )
            #expect(page.contains("text · 5 bytes · scanned, clean. The models saw all of it."))
            let json = try await site.get("/discussions/\(id)", json: true).json()
            let files = try #require(json["files"] as? [[String: Any]])
            #expect(files.count == 1)
            for (key, value) in ["id": file, "name": "<b>.txt", "type": "text/plain", "state": "clean"] {
                #expect(files[0][key] as? String == value)
            }
            #expect(files[0]["size"] as? Int == 5)
        }
    }

    @Test("are added while the discussion waits, once under the same id, whatever the boundary")
    func added() async throws {
        try await withFiles { site, scanner, left in
            let id = try await start(site)
            func send(_ boundary: String, _ content: String = "Hello") async throws -> Answer {
                try await site.post(
                    parts: [("files", "a.txt", content)],
                    to: "/discussions/\(id)/files",
                    boundary: boundary,
                    [.accept: "application/json", .idempotencyKey: "f1"]
                )
            }
            let first = try await send("AA")
            #expect(first.status == 200)
            #expect(try first.acknowledgement()["event"] as? String == "add-files")
            let again = try await send("BB")
            #expect(try again.acknowledgement()["replayed"] as? Bool == true)
            let cursors = try [first, again].map { try $0.acknowledgement()["cursor"] as? Int }
            #expect(cursors[0] == cursors[1])
            // Known before: not even scanned again.
            #expect(scanner.scanned.count == 1)
            let other = try await send("AA", "Other")
            #expect(other.status == 422)
            #expect(try other.error()["code"] == "COMMAND_CONFLICT")
            #expect(try left().count == 1)
            let form = try await site.post(
                parts: [("command_id", nil, "f2"), ("files", "b.md", "# B")],
                to: "/discussions/\(id)/files"
            )
            #expect((form.status, form.headers[.location]) == (303, "/discussions/\(id)"))
            #expect(try await site.waiting(id).files.map(\.name) == ["a.txt", "b.md"])
        }
    }

    @Test("under one id at once have one effect, and leave one file")
    func together() async throws {
        try await withFiles { site, _, left in
            let id = try await start(site)
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for number in 1...10 {
                    group.addTask {
                        try await site.post(
                            parts: [("files", "a.txt", "Hello")],
                            to: "/discussions/\(id)/files",
                            boundary: "B\(number)",
                            [.accept: "application/json", .idempotencyKey: "same"]
                        )
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            let replayed = try answers.map { try $0.acknowledgement()["replayed"] as? Bool }
            #expect(replayed.count { $0 == false } == 1)
            let listed = try await site.waiting(id).files.map(\.id.rawValue)
            #expect(try left() == listed)
        }
    }

    @Test("that are infected refuse the command, are named, and leave the text where it was typed")
    func infected() async throws {
        try await withFiles { site, _, left in
            let page = try await site.post(
                parts: [
                    ("topic", nil, "Why <not>?"), ("command_id", nil, "c1"), ("files", "a.com", Self.eicar),
                    ("files", "b.txt", "fine"),
                ],
                to: "/discussions"
            )
            #expect(page.status == 422)
            #expect(page.text.contains("Why &lt;not&gt;?</textarea>"))
            #expect(
                page.text.contains(
                    ##"<a href="#files">“a.com” is infected (Eicar-Test-Signature). Nothing was added.</a>"##
                )
            )
            #expect(page.text.contains("Please choose your files again"))
            let json = try await site.post(
                parts: [
                    ("topic", nil, "Why?"), ("files", "a.com", Self.eicar), ("files", "b.com", Self.eicar),
                ],
                to: "/discussions",
                [.accept: "application/json", .idempotencyKey: "c2"]
            )
            let error = try #require(try json.json()["error"] as? [String: Any])
            #expect(error["code"] as? String == "FILE_INFECTED" && error["field"] as? String == "files")
            let files = try #require(error["files"] as? [[String: String]])
            #expect(files.map { $0["name"] } == ["a.com", "b.com"])
            #expect(try left() == [])
            #expect(try await site.get("/", json: true).text.contains(#""discussions":[]"#))
        }
    }

    @Test(
        "that are refused have their code and status, and the typed text stays",
        arguments: [
            ("a.bin", "text\0", 415, "INVALID_FILE_TYPE"),
            ("a.txt", String(repeating: "a", count: 3_000), 413, "INVALID_FILE_SIZE"),
        ]
    )
    func refused(name: String, content: String, status: Int, code: String) async throws {
        var limits = UploadLimits()
        limits.file = 2_000
        try await withFiles(limits: limits) { site, _, left in
            let id = try await start(site)
            let json = try await site.post(
                parts: [("files", name, content)],
                to: "/discussions/\(id)/files",
                [.accept: "application/json", .idempotencyKey: "f1"]
            )
            #expect(json.status == status)
            let error = try json.json()["error"] as? [String: Any]
            #expect(error?["code"] as? String == code)
            let page = try await site.post(
                parts: [("files", name, content), ("command_id", nil, "f2")],
                to: "/discussions/\(id)/files"
            )
            #expect(page.status == status)
            #expect(page.text.contains("Please choose your files again"))
            let start = try await site.post(
                parts: [
                    ("files", name, content), ("topic", nil, "Typed after it"), ("command_id", nil, "c2"),
                ],
                to: "/discussions"
            )
            #expect(start.status == status && start.text.contains("Typed after it</textarea>"))
            #expect(try left() == [])
        }
    }

    @Test("are refused when nobody can scan them; without files the form works")
    func unavailable() async throws {
        let broken = ScriptedScanner { _ throws(ScanFailure) in throw ScanFailure(message: "gone") }
        try await withFiles(broken) { site, _, left in
            let answer = try await site.post(
                parts: [("topic", nil, "Why?"), ("files", "a.txt", "Hello")],
                to: "/discussions",
                [.accept: "application/json", .idempotencyKey: "c1"]
            )
            #expect(answer.status == 503)
            #expect(try answer.error()["code"] == "SCAN_UNAVAILABLE")
            #expect(try left() == [])
            let without = try await site.post(
                parts: [("topic", nil, "Why?"), ("command_id", nil, "c2")],
                to: "/discussions"
            )
            #expect(without.status == 303)
        }
    }

    @Test("are not scanned at all where the discussion takes none just now")
    func notWaiting() async throws {
        let gate = Gate()
        try await withFiles(.eicar, [ScriptedVoice(.local, .wait(gate), .say("Well."))]) {
            site,
            scanner,
            left in
            let id = try await site.post(form: ["topic": "Why?", "command_id": "c"], to: "/discussions")
                .discussion()
            for (path, status) in [("/discussions/\(id)/files", 409), ("/discussions/none/files", 404)] {
                let answer = try await site.post(
                    parts: [("files", "a.txt", "Hello")],
                    to: path,
                    [.accept: "application/json", .idempotencyKey: "f"]
                )
                #expect(answer.status == status)
            }
            #expect(scanner.scanned.isEmpty)
            #expect(try left() == [])
            gate.open()
        }
    }

    @Test("come to no other action, and in no other field; every action reads such forms")
    func elsewhere() async throws {
        try await withFiles { site, _, _ in
            let id = try await start(site)
            let refused = try await site.post(
                parts: [("input", nil, "Words."), ("files", "a.txt", "Hello"), ("command_id", nil, "i1")],
                to: "/discussions/\(id)/input"
            )
            #expect(refused.status == 400 && refused.text.contains("This action takes no files."))
            #expect(refused.text.contains("Words.</textarea>"))
            let stray = try await site.post(
                parts: [("topic", nil, "Why?"), ("other", "a.txt", "Hello"), ("command_id", nil, "c3")],
                to: "/discussions"
            )
            #expect(stray.status == 400)
            let input = try await site.post(
                parts: [("input", nil, "Wörds."), ("proceed", nil, "false"), ("command_id", nil, "i2")],
                to: "/discussions/\(id)/input"
            )
            #expect(input.status == 303)
            #expect(try await site.waiting(id).rounds.last?.userInput == ["Wörds."])
            let broken = try await site.send(
                .post,
                "/discussions",
                [.contentType: "multipart/form-data; boundary=AA", .accept: "application/json"],
                body: Array("--AA\r\nnonsense".utf8)
            )
            #expect(broken.status == 400)
            #expect(try broken.error()["code"] == "VALIDATION_ERROR")
        }
    }

    @Test("are handed out by nginx to those who may see their discussion, and to nobody else")
    func download() async throws {
        try await withFiles { site, _, left in
            let id = try await start(site)
            _ = try await site.post(
                parts: [("files", "Ä \"q\".md", "# Hi"), ("command_id", nil, "f")],
                to: "/discussions/\(id)/files"
            )
            let file = try #require(left().first)
            for method in [HTTPRequest.Method.get, .head] {
                let answer = try await site.send(method, "/files/\(file)")
                #expect(answer.status == 200 && answer.bytes.isEmpty)
                #expect(answer.headers[.init("X-Accel-Redirect") ?? .age] == "/-/files/\(file)")
                #expect(answer.headers[.contentType] == "text/markdown")
                #expect(
                    answer.headers[.contentDisposition]
                        == "attachment; filename=\"_ _q_.md\"; filename*=UTF-8''%C3%84%20%22q%22.md"
                )
            }
            for path in ["/files/none", "/files/..%2f..%2fparley.sqlite"] {
                #expect(try await site.get(path).status == 404)
            }
            let stranger = try await site.store.person(named: "stranger")
            let theirs = try await site.store.read {
                try $0.findFile(FileID(rawValue: file), of: stranger.id)
            }
            #expect(theirs == nil)
            _ = try await site.post(form: ["command_id": "d"], to: "/discussions/\(id)/delete")
            #expect(try await site.get("/files/\(file)").status == 404)
        }
    }

    private func start(_ site: TestSite) async throws -> DiscussionID {
        let id = try await site.post(form: ["topic": "Why?", "command_id": "start"], to: "/discussions")
            .discussion()
        _ = try await site.waiting(id)
        return id
    }
}

/// Uploads in a directory of their own.
func withUploads<Result>(
    _ scan: Uploads.Scan = .by(ScriptedScanner.eicar),
    limits: UploadLimits = .init(),
    _ body: (Uploads) async throws -> Result
) async throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let uploads = try Uploads(
        dataDirectory: path,
        limits: limits,
        scan: scan,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    return try await body(uploads)
}

extension TestSite {
    /// As a browser posts a form with files: name, file's name, content.
    func post(
        parts: [(name: String, file: String?, content: String)],
        to path: String,
        boundary: String = "XX",
        _ headers: HTTPFields = [:]
    ) async throws -> Answer {
        var body = ""
        for (name, file, content) in [(FormToken.field, nil, formToken)] + parts {
            let quoted = file?.replacing("\"", with: "%22")
            body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\""
            body +=
                (quoted.map { "; filename=\"\($0)\"\r\nContent-Type: text/plain" } ?? "")
                + "\r\n\r\n\(content)\r\n"
        }
        var headers = headers
        headers[.contentType] = "multipart/form-data; boundary=\(boundary)"
        return try await send(.post, path, headers, body: Array((body + "--\(boundary)--\r\n").utf8))
    }
}
