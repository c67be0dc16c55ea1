import Domain
import Doubles
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TestSupport
import Testing

@testable import Site

@Suite("What people and scripts send, under fuzzed input")
struct ParserFuzz {
    @Test("is a form or none")
    func forms() async throws {
        try await Fuzz("form").run { input in
            let request = Self.request("/", body: input.bytes, type: "application/x-www-form-urlencoded")
            guard let form = try await Self.orProblem(await Form(request, nil)) else { return }
            for name in form.names {
                _ = try? form.text(name)
                _ = try? form.flag(name, default: true)
                try Fuzz.expect(!form.shown(name).contains("\0"), "a NUL is shown")
            }
            _ = form.typedWords
        }
    }

    @Test("is a JSON command or refused, and never a fault of ours")
    func json() async throws {
        try await withSite { site in
            try await Fuzz("json").run { input in
                let paths = ["/discussions/none/answers", "/discussions/none/input"]
                let headers: HTTPFields = [
                    .contentType: "application/json", .accept: "application/json", .idempotencyKey: "c",
                ]
                let path = paths[Int.random(in: 0..<2, using: &input.random)]
                let answer = try await site.send(.post, path, headers, body: input.bytes)
                try Fuzz.expect([400, 404].contains(answer.status), "\(answer.status): \(answer.text)")
                _ = try answer.error()
            }
        }
    }

    @Test("is a cursor, a page of the list and a search, or refused")
    func queries() async throws {
        try await Fuzz("query").run { input in
            let request = Self.request("/?" + input.text.filter { $0 != "#" })
            if let asked = try await Self.orProblem(try EventsRequest(request)) {
                try Fuzz.expect(asked.after.map { $0 >= 0 } ?? true, "a cursor below 0")
                try Fuzz.expect((0...60).contains(asked.holds(.init())), "held \(asked.holds(.init())) s")
            }
            _ = try await Self.orProblem(try ListQuestion(PageQuery(request)))
            _ = try await Self.orProblem(try ExportPart(request))
        }
    }

    @Test("is searched for without a fault, whatever is asked")
    func searches() async throws {
        try await withSite { site in
            try await Fuzz("query").run { input in
                let query = "q=" + encoded(input.text)
                let answer = try await site.get("/?\(query)", json: true)
                try Fuzz.expect([200, 400].contains(answer.status), "\(answer.status)")
            }
        }
    }

    @Test("is a cookie of ours or nothing")
    func cookies() async throws {
        try await Fuzz("cookie").run { input in
            var head = HTTPRequest(method: .get, scheme: "http", authority: "localhost", path: "/")
            head.headerFields[.cookie] = input.text
            let command = Flash.find(Request(head: head, body: RequestBody(buffer: ByteBuffer())))
            try Fuzz.expect(command.map { Outcome.words[$0] != nil } ?? true, "an unknown command")
        }
    }

    @Test("is Markdown that becomes no other HTML than Markdown's own")
    func markdown() async throws {
        try await Fuzz("markdown").run { input in
            let html = MarkdownHTML.render(input.text)
            let tokens = try Tokens(html, allowed: .markdown)
            for tag in tokens.tags {
                guard let address = tag.attributes["href"]?.lowercased() else { continue }
                try Fuzz.expect(
                    ["http://", "https://", "mailto:"].contains { address.hasPrefix($0) },
                    address
                )
            }
        }
    }

    private static func request(_ path: String, body: [UInt8] = [], type: String? = nil) -> Request {
        var head = HTTPRequest(method: .post, scheme: "http", authority: "localhost", path: path)
        head.headerFields[.contentType] = type
        return Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
    }

    /// Nil for what is refused in words; any other error is a finding.
    private static func orProblem<Value>(_ work: @autoclosure () async throws -> Value) async throws -> Value?
    {
        do {
            return try await work()
        } catch let problem as Problem where problem.status.kind == .clientError {
            return nil
        }
    }
}
