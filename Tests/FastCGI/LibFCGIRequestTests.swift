import Glibc
import NIOCore
import Testing

@testable import FastCGI

/// Holds libfcgi to what ``LibFCGIRequest`` takes for granted of its private fields.
@Suite(.timeLimit(.minutes(5)))
struct LibFCGIRequestTests {
    @Test func aHeadIsReadFromOneDescriptorAndTheAnswerGoesToAnother() throws {
        try #require(LibFCGI.isInitialised)
        let (server, client) = try socketPair()
        defer { [server, client].forEach { _ = close($0) } }
        let feed = HeadFeed()
        let head = Records.head("/x", also: [("HTTP_A", "b")])
        let request = try #require(head.withUnsafeBytes { feed.parse($0, connection: server) })
        var pairs: [String] = []
        request.forEachParameter {
            pairs.append(String(decoding: $0, as: UTF8.self) + "=" + String(decoding: $1, as: UTF8.self))
        }
        #expect(
            pairs == [
                "FCGI_ROLE=RESPONDER", "REQUEST_METHOD=GET", "REQUEST_URI=/x", "HTTP_HOST=parley.example",
                "HTTP_A=b",
            ]
        )
        #expect(request.push(ByteBuffer(string: "hi"), ending: .kept) == .done)
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = recv(client, &bytes, bytes.count, 0)
        #expect(
            Array(bytes.prefix(count))
                == Records.record(Records.standardOutput, Array("hi".utf8) + [0, 0, 0, 0, 0, 0]).withPadding(
                    6
                )
                + Records.record(Records.standardOutput)
                + Records.record(Records.endRequest, [UInt8](repeating: 0, count: 8))
        )
    }

    /// nginx does not keep a connection on which more has come than the answer, and must see both in one read.
    @Test func theLastAnswerIsFollowedByAnEmptyRecordInTheSameWrite() throws {
        try #require(LibFCGI.isInitialised)
        let (server, client) = try socketPair()
        defer { [server, client].forEach { _ = close($0) } }
        for length in [2, 8_000] {
            let feed = HeadFeed()
            let request = try #require(
                Records.head("/x").withUnsafeBytes { feed.parse($0, connection: server) }
            )
            #expect(request.push(ByteBuffer(repeating: 0x68, count: length), ending: .last) == .done)
            var bytes = [UInt8](repeating: 0, count: 16_384)
            let count = recv(client, &bytes, bytes.count, 0)
            let end =
                Records.record(Records.standardOutput)
                + Records.record(Records.endRequest, [UInt8](repeating: 0, count: 8)) + [
                    1, 7, 0, 1, 0, 0, 0, 0,
                ]
            #expect(Array(bytes.prefix(count).suffix(end.count)) == end)
            #expect(count > length + end.count)
            #expect(recv(client, &bytes, 1, Int32(MSG_DONTWAIT)) < 0)
        }
    }

    @Test func theConnectionStaysOpenWhenItsRequestIsFreed() throws {
        try #require(LibFCGI.isInitialised)
        let (server, client) = try socketPair()
        defer { [server, client].forEach { _ = close($0) } }
        let feed = HeadFeed()
        for _ in 0..<3 {
            let request = Records.head().withUnsafeBytes { feed.parse($0, connection: server) }
            #expect(request != nil)
        }
        #expect(fcntl(server, F_GETFD) >= 0)
    }

    @Test func aRefusedHeadCostsNoDescriptor() throws {
        try #require(LibFCGI.isInitialised)
        let (server, client) = try socketPair()
        defer { [server, client].forEach { _ = close($0) } }
        let feed = HeadFeed()
        for _ in 0..<50 {
            #expect(
                [UInt8](repeating: 7, count: 64).withUnsafeBytes { feed.parse($0, connection: server) } == nil
            )
            #expect(
                Array(Records.head().dropLast(9)).withUnsafeBytes { feed.parse($0, connection: server) }
                    == nil
            )
        }
        #expect(Records.head().withUnsafeBytes { feed.parse($0, connection: server) } != nil)
        #expect(fcntl(server, F_GETFD) >= 0)
    }

    @Test func aSlowReaderBlocksNoThread() throws {
        try #require(LibFCGI.isInitialised)
        let (server, client) = try socketPair()
        defer { [server, client].forEach { _ = close($0) } }
        let request = try #require(
            Records.head().withUnsafeBytes { HeadFeed().parse($0, connection: server) }
        )
        let pushed = request.push(ByteBuffer(repeating: 1, count: 4_000_000), ending: .none)
        guard case .blocked(let taken) = pushed else {
            Issue.record("not blocked: \(pushed)")
            return
        }
        #expect(taken > 0 && taken < 1_000_000)
    }

    @Test func terminationSignalsKeepTheHandlersTheyHad() {
        #expect(LibFCGI.isInitialised)
        var action = sigaction()
        for signal in [SIGTERM, SIGUSR1] {
            sigaction(signal, nil, &action)
            #expect(action.__sigaction_handler.sa_handler == nil)
        }
        sigaction(SIGPIPE, nil, &action)
        #expect(action.__sigaction_handler.sa_handler != nil)
    }

    private func socketPair() throws -> (Int32, Int32) {
        var pair: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else {
            throw ClientError(call: "socketpair", code: errno)
        }
        return (pair[0], pair[1])
    }
}

extension [UInt8] {
    /// Counts the last bytes of a record's content as padding.
    fileprivate func withPadding(_ count: UInt8) -> [UInt8] {
        var record = self
        record[5] -= count
        record[6] = count
        return record
    }
}
