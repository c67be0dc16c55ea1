import FastCGI
import Glibc
import Hummingbird
import Testing

extension TransportTests {
    @Suite struct BodyTests {
        @Test func tenMegabytesPassWithoutLyingInMemory() async throws {
            let body = [[UInt8]](repeating: Array(0...255) + [7], count: 40_801).flatMap { $0 }
            let request = Records.post("/body", body)
            let expected = checksum(body)
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    for _ in 1...3 { #expect(try client.exchange(request).text == expected) }
                    let before = residentKilobytes()
                    for _ in 1...3 { #expect(try client.exchange(request).text == expected) }
                    #expect(residentKilobytes() - before < 5_000)
                }
            }
        }

        @Test func aReaderThatWaitsHoldsTheSenderBack() async throws {
            let gate = Gate()
            try await serving(respond: { request, parameters in
                await gate.wait()
                return try await echo(request, parameters)
            }) { server in
                let client = try server.connect()
                try await offPool {
                    try client.send(Records.head("/body", method: "POST", length: "4194304"))
                    // More than a socket's buffer: it can only be sent once the responder reads.
                    var room = pollfd(fd: client.descriptor, events: Int16(POLLOUT), revents: 0)
                    let record = Records.record(Records.standardInput, [UInt8](repeating: 1, count: 32_768))
                    var sent = 0
                    while poll(&room, 1, 200) > 0, sent < 128 {
                        try client.send(record)
                        sent += 1
                    }
                    #expect(sent < 128)
                    gate.add()
                    for _ in sent..<128 { try client.send(record) }
                    let answer = try client.exchange(Records.record(Records.standardInput))
                    #expect(answer.text == checksum([UInt8](repeating: 1, count: 4_194_304)))
                }
            }
        }

        @Test func aBodyShorterThanDeclaredIsAnErrorToItsReaderAndTheConnectionStays() async throws {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    #expect(
                        try client.exchange(Records.post("/body", [1, 2, 3], length: "10")).status == 400
                    )
                    #expect(try client.exchange(Records.post("/body", [], length: "10")).status == 400)
                    #expect(try client.exchange(Records.get("/next")).text == "GET /next")
                }
            }
        }

        @Test func aBodyLongerThanDeclaredIsAnErrorToItsReaderAndTheConnectionStays() async throws {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    #expect(try client.exchange(Records.post("/body", [1, 2, 3], length: "2")).status == 400)
                    #expect(try client.exchange(Records.post("/body", [1, 2, 3], length: "0")).status == 400)
                    #expect(try client.exchange(Records.get("/next")).text == "GET /next")
                }
            }
        }

        @Test func theErrorsSayWhatWasDeclaredAndWhatCame() async throws {
            try await serving(respond: { request, _ in
                do {
                    for try await _ in request.body {}
                    return .text("whole")
                } catch let error as RequestBodyError {
                    return .text("\(error)")
                }
            }) { server in
                try await offPool {
                    let client = try server.connect()
                    #expect(
                        try client.exchange(Records.post("/", [1, 2, 3], length: "10")).text
                            == "shorterThanDeclared(declared: 10, received: 3)"
                    )
                    #expect(
                        try client.exchange(Records.post("/", [1, 2, 3], length: "2")).text
                            == "longerThanDeclared(declared: 2)"
                    )
                    #expect(try client.exchange(Records.post("/", [1, 2, 3], length: "")).text == "whole")
                }
            }
        }

        @Test func aBodyThatNobodyReadsIsDrainedBeforeTheNextRequest() async throws {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    let body = [UInt8](repeating: 9, count: 3_000_000)
                    #expect(try client.exchange(Records.post("/unread", body)).text == "POST /unread")
                    #expect(try client.exchange(Records.get("/next")).text == "GET /next")
                }
            }
        }

        @Test func aPeerThatStopsInTheMiddleOfABodyIsGivenUp() async throws {
            try await serving({ $0.stallLimit = .milliseconds(100) }, respond: echo) { server in
                let client = try server.connect()
                try await offPool {
                    try client.send(Records.head("/body", method: "POST", length: "100"))
                    try client.send(Records.record(Records.standardInput, [1, 2, 3]))
                    #expect(try client.isClosedByServer())
                }
                await server.log.wait(for: 1)
                #expect(server.log.all == ["FastCGI connection ended: the peer stalled"])
            }
        }
    }
}

private func residentKilobytes() -> Int {
    procStatus("VmRSS") ?? 0
}
