import Foundation
import Glibc
import Synchronization

/// One connection: reads a request, performs its steps, and again until somebody closes.
final class ScriptedProviderConnection {
    private let fd: Int32
    private let number: Int
    private let server: ScriptedProviderServer
    private var unread: [UInt8] = []

    /// The connection is over: closed by the client, by the script or by `stop()`.
    private enum Over: Error {
        case peerGone, byScript
    }

    init(fd: Int32, number: Int, server: ScriptedProviderServer) {
        self.fd = fd
        self.number = number
        self.server = server
        var yes: Int32 = 1
        setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    func serve() {
        while let request = try? readRequest() {
            server.state.withLock { $0.requests.append(request) }
            do {
                try perform(server.rule(request), model: request.model)
            } catch Over.peerGone {
                if !server.isStopped { server.state.withLock { $0.abandoned += 1 } }
                return
            } catch {
                return
            }
        }
    }

    // MARK: Reading

    private func readRequest() throws -> ScriptedProvider.RecordedRequest {
        let headEnd = Array("\r\n\r\n".utf8)
        var head = unread.firstRange(of: headEnd)
        while head == nil {
            try receive()
            try refuseTLS()
            head = unread.firstRange(of: headEnd)
        }
        guard let head else { throw Over.peerGone }
        let lines = String(decoding: unread[..<head.lowerBound], as: UTF8.self).components(
            separatedBy: "\r\n"
        )
        unread.removeSubrange(..<head.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while unread.count < length { try receive() }
        let body = String(decoding: unread.prefix(length), as: UTF8.self)
        unread.removeFirst(length)
        let start = (lines.first ?? "").split(separator: " ").map(String.init)
        return ScriptedProvider.RecordedRequest(
            method: start.first ?? "",
            path: start.count > 1 ? start[1] : "",
            headers: headers,
            body: body,
            connection: number
        )
    }

    /// Answers a TLS greeting as plain servers do.
    private func refuseTLS() throws {
        guard unread.first == 0x16 else { return }
        try send(head(status: 400, fields: ["Content-Length": "0", "Connection": "close"]))
        throw Over.byScript
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(fd, &buffer, buffer.count, 0)
        guard count > 0 else { throw Over.peerGone }
        unread += buffer.prefix(count)
    }

    // MARK: Answering

    private func perform(_ steps: [ScriptedProvider.Step], model: String) throws {
        var hasHead = false
        var isReply = false
        for step in steps {
            if !hasHead, step.needsHead {
                try sendHead(status: 200, headers: [:])
                hasHead = true
            }
            switch step {
            case .head(let status, let headers):
                try sendHead(status: status, headers: headers)
                hasHead = true
            case .reply(let status, let headers, let body):
                try sendReply(status: status, headers: headers, body: body)
                isReply = true
            case .wait(let gate): try stay { gate.isOpen }
            case .pause(let duration):
                let end = ContinuousClock.now + duration
                try stay { ContinuousClock.now >= end }
            case .hang: try stay { false }
            case .close: throw Over.byScript
            case .reset:
                var abrupt = linger(l_onoff: 1, l_linger: 0)
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
                throw Over.byScript
            default:
                if let body = step.body(model: model) { try sendPiece(body) }
            }
        }
        if hasHead, !isReply { try send(Array("0\r\n\r\n".utf8)) }
    }

    private func sendHead(status: Int, headers: [String: String]) throws {
        let fields = ["Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"]
            .merging(headers) { $1 }
        try send(head(status: status, fields: fields))
    }

    private func sendReply(status: Int, headers: [String: String], body: String) throws {
        let fields = ["Content-Type": "application/json", "Content-Length": "\(body.utf8.count)"]
            .merging(headers) { $1 }
        try send(head(status: status, fields: fields) + Array(body.utf8))
    }

    private func head(status: Int, fields: [String: String]) -> [UInt8] {
        Array("HTTP/1.1 \(status) Scripted\r\n\(fields.map { "\($0): \($1)\r\n" }.joined())\r\n".utf8)
    }

    private func sendPiece(_ bytes: [UInt8]) throws {
        guard !bytes.isEmpty else { return }
        try send(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8))
    }

    private func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Over.peerGone }
            sent += count
        }
    }

    /// Sends nothing until the condition holds; ends when the client has gone or the server stops.
    private func stay(until condition: () -> Bool) throws {
        while !condition() {
            var waiting = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 5) > 0 else { continue }
            var byte: UInt8 = 0
            guard recv(fd, &byte, 1, Int32(MSG_PEEK)) > 0, !server.isStopped else {
                throw Over.peerGone
            }
            // A pipelined request waits its turn.
            usleep(5_000)
        }
    }
}

extension ScriptedProvider.Step {
    fileprivate var needsHead: Bool {
        switch self {
        case .head, .reply, .wait, .pause, .close, .reset, .hang: false
        default: true
        }
    }

    /// What the step adds to the body.
    fileprivate func body(model: String) -> [UInt8]? {
        let name = ScriptedProvider.quoted(model)
        func event(_ choices: String, _ rest: String = "") -> [UInt8] {
            let start = #"{"id":"scripted","object":"chat.completion.chunk","model":\#(name),"choices":"#
            return Array("data: \(start)[\(choices)]\(rest)}\n\n".utf8)
        }
        func delta(_ delta: String, finish: String = "null") -> [UInt8] {
            event(#"{"index":0,"delta":\#(delta),"finish_reason":\#(finish)}"#)
        }
        return switch self {
        case .role: delta(#"{"role":"assistant","content":null}"#)
        case .chunk(let text): delta(#"{"content":\#(ScriptedProvider.quoted(text))}"#)
        case .finish(let reason): delta("{}", finish: ScriptedProvider.quoted(reason))
        case .usage(let prompt, let completion):
            event("", #","usage":{"prompt_tokens":\#(prompt),"completion_tokens":\#(completion)}"#)
        case .event(let data): Array("data: \(data)\n\n".utf8)
        case .comment(let text): Array(": \(text)\n\n".utf8)
        case .done: Array("data: [DONE]\n\n".utf8)
        case .raw(let bytes): bytes
        case .text(let text): Array(text.utf8)
        case .head, .reply, .wait, .pause, .close, .reset, .hang: nil
        }
    }
}
