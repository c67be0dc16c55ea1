import FastCGI
import HTTPTypes
import Hummingbird
import Testing

extension TransportTests {
    @Suite struct RequestTests {
        @Test func aRequestSplitAtEveryByteIsAnsweredTheSame() async throws {
            let request = Records.post("/body", Array("hello".utf8))
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    for border in 1..<request.count {
                        try client.send(Array(request[..<border]))
                        let answer = try client.exchange(Array(request[border...]))
                        #expect(answer.text == checksum(Array("hello".utf8)), "split at \(border)")
                        #expect(answer.isComplete)
                    }
                    for byte in request { try client.send([byte]) }
                    #expect(try client.readAnswer().text == checksum(Array("hello".utf8)))
                }
            }
        }

        @Test func aThousandParametersArrive() async throws {
            let also = (0..<1000).map { ("HTTP_X_FIELD_\($0)", "value \($0)") }
            try await serving(respond: { request, parameters in
                let isWhole = (0..<1000).allSatisfy {
                    parameters["HTTP_X_FIELD_\($0)"] == "value \($0)"
                        && request.headers[HTTPField.Name("x-field-\($0)") ?? .accept] == "value \($0)"
                }
                return .text("\(isWhole)")
            }) { server in
                try await offPool {
                    let client = try server.connect()
                    let request = Records.head(also: also) + Records.record(Records.standardInput)
                    #expect(try client.exchange(request).text == "true")
                    #expect(try client.exchange(Records.get()).status == 200)
                }
            }
        }

        @Test func parametersBecomeTheHeadOfARequest() async throws {
            try await serving(respond: { request, parameters in
                let head = request.head
                return .text(
                    """
                    \(head.method) \(head.scheme ?? "") \(head.authority ?? "") \(head.path ?? "") \
                    \(head.headerFields[.contentType] ?? "") \(head.headerFields[.acceptLanguage] ?? "") \
                    \(head.headerFields[values: .contentType].count) \(parameters["REMOTE_USER"] ?? "nobody")
                    """
                )
            }) { server in
                try await offPool {
                    let request = Records.head(
                        "/a%20b?q=1&q=2",
                        method: "PUT",
                        also: [
                            ("HTTPS", "on"), ("CONTENT_TYPE", "text/plain"),
                            ("HTTP_CONTENT_TYPE", "text/html"),
                            ("HTTP_ACCEPT_LANGUAGE", "de"), ("REMOTE_USER", "first"), ("REMOTE_USER", "last"),
                        ]
                    )
                    let client = try server.connect()
                    #expect(
                        try client.exchange(request + Records.record(Records.standardInput)).text
                            == "PUT https parley.example /a%20b?q=1&q=2 text/plain de 1 last"
                    )
                }
            }
        }

        @Test func valuesThatAreNotTextCountAsAbsent() async throws {
            try await serving(respond: { request, parameters in
                let raw = request.headers[HTTPField.Name("x-raw") ?? .accept] != nil
                return .text("\(parameters["REMOTE_USER"] ?? "nobody") \(raw) \(request.headers.count)")
            }) { server in
                try await offPool {
                    let parameters =
                        Records.pair("REQUEST_METHOD", "GET") + Records.pair("REQUEST_URI", "/")
                        + Records.pair("REMOTE_USER", "eve")
                        + Records.pair(Array("REMOTE_USER".utf8), [0xff, 0xfe])
                        + Records.pair(Array("HTTP_X_RAW".utf8), [0x61, 0xff])
                        + Records.pair("HTTP_BAD NAME", "x")
                        + Records.pair("HTTP_X_LINES", "a\r\nSet-Cookie: b")
                    let client = try server.connect()
                    try client.send(Records.begin() + Records.stream(Records.parameters, parameters))
                    #expect(
                        try client.exchange(Records.record(Records.standardInput)).text == "nobody true 1"
                    )
                }
            }
        }

        @Test(arguments: [
            [("REQUEST_URI", "/")], [("REQUEST_METHOD", "GET")],
            [("REQUEST_METHOD", "G T"), ("REQUEST_URI", "/")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "http://elsewhere/")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/a b")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "-1")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "+1")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "1x")],
            [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/"), ("CONTENT_LENGTH", "99999999999999999999")],
        ])
        func aHeadThatSaysNoRequestIsABadRequestAndTheConnectionStays(pairs: [(String, String)]) async throws
        {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    let parameters = pairs.flatMap { Records.pair($0.0, $0.1) }
                    let answer = try client.exchange(
                        Records.begin() + Records.stream(Records.parameters, parameters)
                            + Records.record(Records.standardInput)
                    )
                    #expect(answer.status == 400)
                    #expect(try client.exchange(Records.get("/next")).text == "GET /next")
                }
            }
        }

        @Test func aConnectionThatIsNotKeptIsClosedAfterItsAnswer() async throws {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    #expect(try client.exchange(Records.get("/once", keep: false)).text == "GET /once")
                    #expect(try client.isClosedByServer())
                }
            }
        }

        @Test func requestsSentOneAfterTheOtherWithoutWaitingAreAnsweredInOrder() async throws {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    try client.send((1...20).flatMap { Records.get("/\($0)", id: UInt16($0)) })
                    for number in 1...20 { #expect(try client.readAnswer().text == "GET /\(number)") }
                }
            }
        }
    }
}
