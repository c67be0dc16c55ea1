import FastCGI
import Hummingbird
import Testing

extension TransportTests {
    @Suite struct HostileTests {
        static let hugePair = Records.length(0x7fff_fff0) + Records.length(0x7fff_fff0) + [65]

        static let heads: [(String, [UInt8])] = [
            ("wrong version", Records.record(Records.beginRequest, [0, 1, 1, 0, 0, 0, 0, 0], version: 2)),
            ("request id 0", Records.begin(id: 0)),
            ("unknown management record", Records.record(77, [1], id: 0)),
            ("unknown record type", Records.record(77)),
            ("parameters before the begin", Records.stream(Records.parameters, Records.pair("A", "b"))),
            ("begin of a wrong length", Records.record(Records.beginRequest, [0, 1, 1])),
            ("an authorizer's role", Records.begin(role: 2)),
            ("two begins", Records.begin() + Records.begin()),
            ("another id in the parameters", Records.begin() + Records.stream(Records.parameters, [], id: 2)),
            ("input before the parameters", Records.begin() + Records.record(Records.standardInput)),
            ("an abort within the head", Records.begin() + Records.record(Records.abortRequest)),
            ("lengths that overflow", Records.begin() + Records.stream(Records.parameters, hugePair)),
            (
                "a value larger than sent",
                Records.begin() + Records.stream(Records.parameters, [1, 90, 65, 66])
            ),
            ("a cut length", Records.begin() + Records.stream(Records.parameters, [0x80, 0])),
            ("an empty name", Records.begin() + Records.stream(Records.parameters, [0, 1, 65])),
            (
                "a NUL in a name",
                Records.begin() + Records.stream(Records.parameters, Records.pair("A\0B", "c"))
            ),
            (
                "a NUL in a value",
                Records.begin() + Records.stream(Records.parameters, Records.pair("A", "c\0"))
            ),
            (
                "an equals sign in a name",
                Records.begin() + Records.stream(Records.parameters, Records.pair("A=", "c"))
            ),
            (
                "more parameters than the limit",
                Records.begin() + Records.stream(Records.parameters, [UInt8](repeating: 0, count: 300_000))
            ),
            (
                "values asked for, often enough to overflow a small answer",
                Records.record(
                    Records.getValues,
                    (0..<40).flatMap { _ in Records.pair("FCGI_MAX_CONNS", "") },
                    id: 0
                )
            ),
            ("values asked for under an empty name", Records.record(Records.getValues, [1, 0, 0], id: 0)),
        ]

        @Test(arguments: heads)
        func aHostileHeadEndsItsConnectionWithOneLineAndNothingElse(name: String, bytes: [UInt8]) async throws
        {
            try await serving(respond: echo) { server in
                let bystander = try server.connect()
                try await offPool {
                    #expect(try bystander.exchange(Records.get("/before")).status == 200)
                    let client = try server.connect()
                    // The server may close before it has read all of it.
                    try? client.send(bytes)
                    #expect(try client.isClosedByServer())
                    #expect(try bystander.exchange(Records.get("/after")).status == 200)
                }
                await server.log.wait(for: 1)
                #expect(server.log.all.count == 1)
            }
        }

        static let inputs: [(String, [UInt8])] = [
            ("wrong version", Records.record(Records.standardInput, [1], version: 9)),
            ("another id", Records.record(Records.standardInput, [1], id: 2)),
            ("parameters", Records.record(Records.parameters, [1])),
            ("a second begin", Records.begin()),
            ("an abort", Records.record(Records.abortRequest)),
            ("lengths that overflow", Records.record(Records.getValues, hugePair, id: 0)),
        ]

        @Test(arguments: inputs)
        func aHostileRecordWithinABodyEndsItsConnectionWithOneLine(name: String, bytes: [UInt8]) async throws
        {
            try await serving(respond: echo) { server in
                try await offPool {
                    let client = try server.connect()
                    try client.send(Records.head("/body", method: "POST", length: "100"))
                    try client.send(Records.record(Records.standardInput, [1, 2], padding: 255) + bytes)
                    #expect(try client.readAnswer().isComplete == false)
                    #expect(try server.connect().exchange(Records.get()).status == 200)
                }
                await server.log.wait(for: 1)
                #expect(server.log.all.count == 1)
            }
        }

        @Test func parametersThatEndEarlyEndTheConnection() async throws {
            let head = Records.head()
            try await serving(respond: echo) { server in
                try await offPool {
                    for border in 1..<head.count {
                        let client = try server.connect()
                        try client.send(Array(head[..<border]))
                        client.endSending()
                        #expect(try client.isClosedByServer(), "cut at \(border)")
                    }
                    #expect(try server.connect().exchange(Records.get()).status == 200)
                }
                await server.log.wait(for: head.count - 1)
                #expect(
                    Set(server.log.all) == ["FastCGI connection ended: end of stream within the parameters"]
                )
            }
        }

        @Test func aPeerThatSendsOneByteAndStallsHoldsNoThreadAndIsClosedInTime() async throws {
            try await serving({ $0.headTimeout = .milliseconds(300) }, respond: echo) { server in
                try await offPool {
                    let slow = try (0..<200).map { _ in try server.connect() }
                    for client in slow { try client.send([1]) }
                    #expect(try server.connect().exchange(Records.get()).status == 200)
                    for client in slow { #expect(try client.isClosedByServer()) }
                }
                #expect(server.log.all.allSatisfy { $0.hasSuffix("parameters did not arrive in time") })
            }
        }

        @Test func randomBytesNeverEndTheProcess() async throws {
            try await serving({ $0.headTimeout = .milliseconds(200) }, respond: echo) { server in
                try await offPool {
                    var random = SystemRandomNumberGenerator()
                    for round in 0..<500 {
                        var bytes = Records.head() + Records.post("/body", [1, 2, 3])
                        for _ in 0...(round % 6) {
                            bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255)
                        }
                        let client = try server.connect()
                        try? client.send(bytes)
                        client.hangUp()
                    }
                    #expect(try server.connect().exchange(Records.get()).status == 200)
                }
            }
        }
    }
}
