import Foundation
import Glibc

/// What came back for one request.
struct Answer: Equatable {
    var status = 0
    var fields: [String: String] = [:]
    var body: [UInt8] = []
    /// END_REQUEST arrived; without it the answer broke off.
    var isComplete = false

    var text: String { String(decoding: body, as: UTF8.self) }
}

struct ClientError: Error {
    var call: String
    var code: Int32
}

/// A web server's end of one connection; its calls block, so they run under ``offPool(_:)``.
final class RawClient: Sendable {
    let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw ClientError(call: "connect", code: errno) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw ClientError(call: "send", code: errno) }
            rest = rest.dropFirst(count)
        }
    }

    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes both directions, as nginx does when its client goes.
    func hangUp() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// One record's type and content; nil when the server has closed.
    func readRecord() throws -> (type: UInt8, content: [UInt8])? {
        guard let header = try readExactly(8) else { return nil }
        let length = Int(header[4]) << 8 | Int(header[5])
        guard let content = try readExactly(length), try readExactly(Int(header[6])) != nil else {
            return nil
        }
        return (header[1], content)
    }

    /// Reads up to END_REQUEST or the server's close.
    func readAnswer() throws -> Answer {
        var output: [UInt8] = []
        var isComplete = false
        while let record = try readRecord() {
            if record.type == Records.standardOutput { output += record.content }
            if record.type == Records.endRequest {
                isComplete = true
                break
            }
        }
        return Self.answer(output, isComplete)
    }

    /// True when the server closes without sending anything more.
    func isClosedByServer() throws -> Bool {
        try readRecord() == nil
    }

    func exchange(_ request: [UInt8]) throws -> Answer {
        try send(request)
        return try readAnswer()
    }

    private func readExactly(_ count: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, 0)
            }
            if got == 0 || (got < 0 && errno == ECONNRESET) { return nil }
            guard got > 0 else { throw ClientError(call: "recv", code: errno) }
            filled += got
        }
        return bytes
    }

    private static func answer(_ output: [UInt8], _ isComplete: Bool) -> Answer {
        var answer = Answer(isComplete: isComplete)
        var lines: [String] = []
        var rest = output[...]
        while let end = rest.firstIndex(of: 13) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[end...].dropFirst(2)
            if line.isEmpty { break }
            lines.append(line)
        }
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[colon...].dropFirst(2))
            if line.hasPrefix("Status:") { answer.status = Int(value.prefix(3)) ?? 0 }
            answer.fields[line[..<colon].lowercased()] = value
        }
        answer.body = Array(rest)
        return answer
    }
}

/// Runs blocking client code on a thread of its own.
///
/// Not on a Dispatch queue: its threads are counted against the ones that Swift's cooperative pool may have, so
/// that blocked clients would starve the server under test.
func offPool<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Swift.Result { try work() })
        }
    }
}
