import FastCGI
import Hummingbird
import NIOCore
import Synchronization
import Testing

extension TransportTests {
    @Suite struct LateBodyTests {
        /// An answer whose body comes when the test says so.
        final class Late: Sendable {
            let started = Gate()
            let cancelled = Gate()
            private let finish = Mutex<LateBody.Finish?>(nil)

            var body: LateBody {
                LateBody(
                    start: { [self] finish in
                        self.finish.withLock { $0 = finish }
                        started.add()
                    },
                    cancel: { [self] in cancelled.add() }
                )
            }

            func answer(_ text: String) {
                finish.withLock { $0 }?(ByteBuffer(string: text))
            }
        }

        /// Answers `/late` later, with a header that was known before, and all else at once.
        private func respond(_ late: Late) -> Respond {
            { request, parameters in
                guard request.uri.path == "/late" else { return .text("at once") }
                parameters.answerLater(late.body)
                return Response(status: .ok, headers: [.server: "known"], body: .init(byteBuffer: .init()))
            }
        }

        @Test func theBodyComesWhenItIsGivenAndTheConnectionCarriesTheNextRequest() async throws {
            let late = Late()
            try await serving(respond: respond(late)) { server in
                let client = try server.connect()
                for number in 1...3 {
                    try await offPool { try client.send(Records.get("/late")) }
                    await late.started.wait(for: number)
                    let other = try await offPool { try server.connect().exchange(Records.get()) }
                    #expect(other.text == "at once")
                    late.answer("number \(number)")
                    let answer = try await offPool { try client.readAnswer() }
                    #expect(answer.status == 200 && answer.isComplete)
                    #expect(answer.text == "number \(number)")
                    #expect(answer.fields["content-length"] == "8")
                    #expect(answer.fields["server"] == "known")
                    // A second body has no effect.
                    late.answer("again")
                }
                let answer = try await offPool { try client.exchange(Records.get()) }
                #expect(answer.text == "at once")
                #expect(late.cancelled.count == 0)
                #expect(server.log.all.isEmpty)
            }
        }

        @Test func aBodyThatIsThereAtOnceIsAnsweredAtOnce() async throws {
            try await serving(respond: { _, parameters in
                parameters.answerLater(
                    LateBody(start: { finish in finish(ByteBuffer(string: "there")) }, cancel: {})
                )
                return Response(status: .accepted)
            }) { server in
                let client = try server.connect()
                for _ in 0..<100 {
                    let answer = try await offPool { try client.exchange(Records.get()) }
                    #expect(answer.status == 202 && answer.text == "there")
                }
            }
        }

        @Test func aPeerThatGoesCancelsTheAnswerAtOnce() async throws {
            let late = Late()
            try await serving(respond: respond(late)) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get("/late")) }
                await late.started.wait()
                client.hangUp()
                await late.cancelled.wait()
                late.answer("too late")
                let answer = try await offPool { try server.connect().exchange(Records.get()) }
                #expect(answer.text == "at once")
                #expect(server.log.all.isEmpty)
            }
        }

        @Test func thousandsWaitAndAreAnsweredOrGoAndLeaveNothingBehind() async throws {
            let finishers = Mutex<[LateBody.Finish]>([])
            let started = Gate()
            let ended = Gate()
            try await serving(respond: { _, parameters in
                parameters.answerLater(
                    LateBody(
                        start: { finish in
                            finishers.withLock { $0.append(finish) }
                            started.add()
                        },
                        cancel: { ended.add() }
                    )
                )
                return Response(status: .ok)
            }) { server in
                let clients = try await offPool {
                    try (0..<1_000).map { _ in
                        let client = try server.connect()
                        try client.send(Records.get())
                        return client
                    }
                }
                await started.wait(for: 1_000)
                for client in clients.prefix(500) { client.hangUp() }
                await ended.wait(for: 500)
                for finish in finishers.withLock({ $0 }) { finish(ByteBuffer(string: "all")) }
                try await offPool {
                    for client in clients.dropFirst(500) {
                        let answer = try client.readAnswer()
                        #expect(answer.text == "all")
                        client.hangUp()
                    }
                }
                while try openSockets(at: server.path) > 1 { try await Task.sleep(for: .milliseconds(5)) }
                #expect(ended.count == 500)
            }
        }

        @Test func idleConnectionsGiveWayWhenThereIsNoRoomForAnother() async throws {
            let late = Late()
            try await serving(
                {
                    $0.maxConcurrentRequests = 4
                    $0.spareConnections = 2
                },
                respond: respond(late)
            ) { server in
                let waiting = try server.connect()
                try await offPool { try waiting.send(Records.get("/late")) }
                await late.started.wait()
                // Far more than there may be, all of them idle after their first answer.
                var idle: [RawClient] = []
                for _ in 0..<40 {
                    let client = try server.connect()
                    let answer = try await offPool { try client.exchange(Records.get()) }
                    #expect(answer.text == "at once")
                    idle.append(client)
                }
                let first = idle[0]
                #expect(try await offPool { try first.isClosedByServer() })
                late.answer("still held")
                #expect(try await offPool { try waiting.readAnswer() }.text == "still held")
            }
        }

        @Test func aBodyLargerThanTheSocketReachesASlowReaderWhole() async throws {
            let late = Late()
            let text = String(repeating: "0123456789", count: 300_000)
            try await serving(respond: respond(late)) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get("/late")) }
                await late.started.wait()
                late.answer(text)
                // Answered while nobody reads the other.
                #expect(try await offPool { try server.connect().exchange(Records.get()) }.text == "at once")
                let answer = try await offPool { try client.readAnswer() }
                #expect(answer.isComplete)
                #expect(answer.text == text)
                #expect(try await offPool { try client.exchange(Records.get()) }.text == "at once")
            }
        }

        @Test func aPeerThatTakesNothingOfALateBodyIsGivenUp() async throws {
            let late = Late()
            try await serving({ $0.stallLimit = .milliseconds(100) }, respond: respond(late)) { server in
                let client = try server.connect()
                try await offPool { try client.send(Records.get("/late")) }
                await late.started.wait()
                late.answer(String(repeating: "x", count: 3_000_000))
                await server.log.wait(for: 1)
                #expect(server.log.all == ["FastCGI connection ended: the peer stalled"])
                client.hangUp()
            }
        }

        @Test func theServersEndCancelsWhatIsStillAwaitedAndSaysSo() async throws {
            let late = Late()
            let client = Mutex<RawClient?>(nil)
            try await serving(respond: respond(late)) { server in
                let waiting = try server.connect()
                client.withLock { $0 = waiting }
                try await offPool { try waiting.send(Records.get("/late")) }
                await late.started.wait()
            }
            #expect(late.cancelled.count == 1)
            let waiting = try #require(client.withLock { $0 })
            let answer = try await offPool { try waiting.readAnswer() }
            #expect(answer.status == 503)
            #expect(answer.fields["retry-after"] == "1")
        }

        @Test func anAnswerToHeadWaitsForNothing() async throws {
            let late = Late()
            try await serving(respond: respond(late)) { server in
                let client = try server.connect()
                let head = Records.head("/late", method: "HEAD") + Records.record(Records.standardInput)
                let answer = try await offPool { try client.exchange(head) }
                #expect(answer.status == 200 && answer.body.isEmpty)
                #expect(late.cancelled.count == 1 && late.started.count == 0)
            }
        }

        @Test func whoLeavesBeforeTheWholeRequestHasComeIsNotAwaited() async throws {
            let late = Late()
            try await serving(respond: respond(late)) { server in
                let client = try server.connect()
                // Nine bytes are announced, and never come.
                try await offPool {
                    try client.send(Records.head("/late", method: "POST", length: "9"))
                    client.hangUp()
                }
                await late.cancelled.wait()
            }
            #expect(late.started.count == 0)
        }

        @Test func aBodyThatNobodyReadIsDrainedBeforeTheAnswerWaits() async throws {
            let late = Late()
            try await serving(respond: respond(late)) { server in
                let client = try server.connect()
                let body = [UInt8](repeating: 7, count: 200_000)
                try await offPool { try client.send(Records.post("/late", body)) }
                await late.started.wait()
                late.answer("taken")
                #expect(try await offPool { try client.readAnswer() }.text == "taken")
                #expect(try await offPool { try client.exchange(Records.get()) }.text == "at once")
            }
        }
    }
}
