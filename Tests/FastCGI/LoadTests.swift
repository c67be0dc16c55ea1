import FastCGI
import Glibc
import Hummingbird
import Synchronization
import Testing

extension TransportTests {
    @Suite struct LoadTests {
        @Test func twoThousandParkedRequestsLetOthersBeAnsweredAndEndWhenTheirPeersGo() async throws {
            raiseDescriptorLimit()
            let parked = Gate()
            let ended = Gate()
            try await serving(respond: { request, parameters in
                guard request.uri.path == "/park" else { return try await echo(request, parameters) }
                parked.add()
                defer { ended.add() }
                try await park()
                return .text("never")
            }) { server in
                let clients = try await offPool {
                    try (0..<2000).map { _ in
                        let client = try server.connect()
                        try client.send(Records.get("/park"))
                        return client
                    }
                }
                await parked.wait(for: 2000)
                try await offPool {
                    let client = try server.connect()
                    for _ in 0..<200 { #expect(try client.exchange(Records.get()).status == 200) }
                }
                let start = ContinuousClock.now
                for client in clients { client.hangUp() }
                await ended.wait(for: 2000)
                #expect(ContinuousClock.now - start < .seconds(2))
            }
        }

        @Test func requestsBeyondTheBoundAreToldToComeBack() async throws {
            let parked = Gate()
            let release = Gate()
            try await serving(
                { $0.maxConcurrentRequests = 3 },
                respond: { _, _ in
                    parked.add()
                    await release.wait()
                    return .text("served")
                }
            ) { server in
                let clients = try (0..<3).map { _ in try server.connect() }
                try await offPool { for client in clients { try client.send(Records.get()) } }
                await parked.wait(for: 3)
                try await offPool {
                    let refused = try server.connect()
                    let answer = try refused.exchange(Records.get())
                    #expect(answer.status == 503)
                    #expect(answer.fields["retry-after"] == "1")
                    release.add()
                    for client in clients { #expect(try client.readAnswer().text == "served") }
                    // A place is free again once its answer has left, which its reader may see a little earlier.
                    while try refused.exchange(Records.get()).status == 503 {}
                }
                #expect(parked.count == 4)
            }
        }

        @Test func connectionsBeyondTheBoundWaitInTheBacklog() async throws {
            try await serving(
                {
                    // As many places as connections: the bound on requests is not what is tested here.
                    $0.maxConcurrentRequests = 3
                    $0.spareConnections = 0
                },
                respond: echo
            ) { server in
                try await offPool {
                    let kept = try (0..<3).map { _ in try server.connect() }
                    for client in kept { #expect(try client.exchange(Records.get()).status == 200) }
                    let waiting = try server.connect()
                    try waiting.send(Records.get("/waited"))
                    kept[0].hangUp()
                    #expect(try waiting.readAnswer().text == "GET /waited")
                }
            }
        }

        @Test func clientsThatComeAndGoAtRandomLeaveNoDescriptorBehind() async throws {
            raiseDescriptorLimit()
            let path = Mutex("")
            let log = try await serving(respond: echo) { server in
                path.withLock { $0 = server.path }
                // It is counted; while others come and go the kernel may list one twice, or leave it out once.
                while try openSockets(at: server.path) == 0 { try await Task.sleep(for: .milliseconds(1)) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await offPool {
                                for round in 0..<250 {
                                    let client = try server.connect()
                                    let request = Records.post(
                                        "/body",
                                        [UInt8](repeating: 1, count: round * 97)
                                    )
                                    if Bool.random() {
                                        try? client.send(
                                            Array(request.prefix(Int.random(in: 0...request.count)))
                                        )
                                        if Bool.random() { client.hangUp() }
                                    } else {
                                        #expect(try client.exchange(request).status == 200)
                                    }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try openSockets(at: path.withLock { $0 }) == 0)
            // Those whose clients left last may still have been running.
            let expected = ["end of stream within the parameters", "Cancelling requests"]
            #expect(log.all.allSatisfy { line in expected.contains { line.contains($0) } })
        }
    }
}

private func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
