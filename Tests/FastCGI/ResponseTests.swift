import FastCGI
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

extension TransportTests {
    @Suite struct ResponseTests {
        struct Broken: Error {}

        @Test func theFirstBytesOfAStreamArriveBeforeTheLastAreWritten() async throws {
            let gate = Gate()
            try await serving(respond: { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        try await writer.write(ByteBuffer(string: "first"))
                        await gate.wait()
                        try await writer.write(ByteBuffer(string: "last"))
                        try await writer.finish(nil)
                    }
                )
            }) { server in
                try await offPool {
                    let client = try server.connect()
                    try client.send(Records.get())
                    let first = try client.readRecord()
                    let text = String(decoding: first?.content ?? [], as: UTF8.self)
                    #expect(text.hasSuffix("\r\n\r\nfirst"))
                    gate.add()
                    let last = try client.readRecord()
                    #expect(last?.content == Array("last".utf8))
                    _ = try client.readAnswer()
                    #expect(try client.exchange(Records.get()).isComplete)
                }
            }
        }

        @Test func aSmallAnswerLeavesAsOneRecordWithItsHead() async throws {
            try await serving(respond: { _, _ in
                var response = Response.text("hello")
                response.headers[.setCookie] = "a=b"
                return response
            }) { server in
                try await offPool {
                    let client = try server.connect()
                    try client.send(Records.get())
                    let record = try client.readRecord()
                    #expect(
                        String(decoding: record?.content ?? [], as: UTF8.self).split(separator: "\r\n")
                            .sorted()
                            == ["Content-Length: 5", "Set-Cookie: a=b", "Status: 200 OK", "hello"]
                    )
                    #expect(try client.readAnswer().isComplete)
                }
            }
        }

        @Test func tenMegabytesGoOutToASlowReaderWhileOthersAreAnswered() async throws {
            let body = [UInt8](repeating: 66, count: 10_485_760)
            try await serving(
                { $0.ioThreads = 1 },
                respond: { request, parameters in
                    guard request.uri.path == "/large" else { return try await echo(request, parameters) }
                    return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: body)))
                }
            ) { server in
                try await offPool {
                    let slow = try (0..<5).map { _ in try server.connect() }
                    for client in slow { try client.send(Records.get("/large")) }
                    let quick = try server.connect()
                    for _ in 0..<100 { #expect(try quick.exchange(Records.get()).status == 200) }
                    for client in slow { #expect(try client.readAnswer().body.count == body.count) }
                }
            }
        }

        @Test(arguments: ["HEAD", "204", "304"])
        func someResponsesHaveNoBody(kind: String) async throws {
            try await serving(respond: { _, _ in
                .text("hello", status: Int(kind).map { HTTPResponse.Status(code: $0) } ?? .ok)
            }) { server in
                try await offPool {
                    let client = try server.connect()
                    let method = kind == "HEAD" ? "HEAD" : "GET"
                    let answer = try client.exchange(
                        Records.head(method: method) + Records.record(Records.standardInput)
                    )
                    #expect(answer.body.isEmpty)
                    #expect(answer.fields["content-length"] == "5")
                    #expect(answer.isComplete)
                    #expect(try client.exchange(Records.get()).isComplete)
                }
            }
        }

        @Test func anErrorBeforeTheHeadBecomesA500AndOneLine() async throws {
            try await serving(respond: { request, _ in
                if request.uri.path == "/body" {
                    return Response(status: .ok, body: .init { _ in throw Broken() })
                }
                throw Broken()
            }) { server in
                try await offPool {
                    let client = try server.connect()
                    #expect(try client.exchange(Records.get("/")).text == "500 Internal Server Error\n")
                    #expect(try client.exchange(Records.get("/body")).status == 500)
                }
                #expect(server.log.all.count == 2)
            }
        }

        @Test func anErrorAfterTheHeadBreaksTheConnectionOffSoThatNginxNotices() async throws {
            try await serving(respond: { _, _ in
                Response(
                    status: .ok,
                    body: .init { writer in
                        try await writer.write(ByteBuffer(string: "half"))
                        throw Broken()
                    }
                )
            }) { server in
                try await offPool {
                    let answer = try server.connect().exchange(Records.get())
                    #expect(answer.text == "half")
                    #expect(answer.isComplete == false)
                }
                await server.log.wait(for: 1)
                #expect(server.log.all.count == 1)
            }
        }

        @Test func aHeaderValueCannotAddALine() async throws {
            try await serving(respond: { _, _ in
                var response = Response.text("x")
                response.headers[.location] = "/a\r\nSet-Cookie: stolen=1"
                return response
            }) { server in
                try await offPool {
                    let answer = try server.connect().exchange(Records.get())
                    #expect(answer.fields["set-cookie"] == nil)
                    #expect(answer.fields["location"] == "/a  Set-Cookie: stolen=1")
                }
            }
        }
    }
}
