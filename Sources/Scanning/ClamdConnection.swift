import Glibc

/// One connection to a clamd, for a thread that may wait: every step has a deadline.
struct ClamdConnection: ~Copyable {
    /// A reply is a name at most; what is longer comes from something else.
    private static let longestReply = 4_096

    private let descriptor: Int32
    private let address: ClamdAddress

    init(to address: ClamdAddress, within limit: Duration) throws(ScanFailure) {
        var reason = "no address"
        for target in try address.targets() {
            let kind =
                Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let descriptor = socket(target.family, kind, 0)
            guard descriptor >= 0 else { continue }
            let code = target.bytes.withUnsafeBytes { bytes -> Int32 in
                guard let base = bytes.baseAddress else { return EINVAL }
                let address = base.assumingMemoryBound(to: sockaddr.self)
                return connect(descriptor, address, socklen_t(bytes.count)) == 0 ? 0 : errno
            }
            let outcome = code == EINPROGRESS ? Self.connected(descriptor, within: limit) : code
            if outcome == 0 {
                self.descriptor = descriptor
                self.address = address
                return
            }
            reason = String(cString: strerror(outcome)).lowercased()
            close(descriptor)
        }
        address.forget()
        throw ScanFailure(message: "clamd at \(address) cannot be reached: \(reason)")
    }

    deinit { close(descriptor) }

    private static func connected(_ descriptor: Int32, within limit: Duration) -> Int32 {
        guard ready(descriptor, POLLOUT, by: .now + limit) != 0 else { return ETIMEDOUT }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    /// Waits for one of `events`.
    ///
    /// - Returns: what has come; 0 after the deadline.
    private static func ready(_ descriptor: Int32, _ events: Int32, by deadline: ContinuousClock.Instant)
        -> Int32
    {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let left = max(.zero, ContinuousClock.now.duration(to: deadline))
            let count = poll(&entry, 1, Int32(min(600_000, (left / .milliseconds(1)).rounded(.up))))
            if count < 0, errno == EINTR { continue }
            return count > 0 ? Int32(entry.revents) : 0
        }
    }

    /// Sends all of it, unless clamd answers or hangs up before: then the reply is what counts.
    ///
    /// - Returns: whether all was sent.
    borrowing func send(_ bytes: UnsafeRawBufferPointer, step: Duration) throws(ScanFailure) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let events = Self.ready(descriptor, POLLIN | POLLOUT, by: .now + step)
            guard events != 0 else { throw ScanFailure(message: "clamd at \(address) takes nothing more") }
            if events & POLLIN != 0 { return false }
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.send(
                descriptor,
                part.baseAddress,
                part.count,
                Int32(truncatingIfNeeded: MSG_NOSIGNAL)
            )
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR, errno != EAGAIN {
                return false
            }
        }
        return true
    }

    borrowing func send(_ bytes: [UInt8], step: Duration) throws(ScanFailure) -> Bool {
        do {
            return try bytes.withUnsafeBytes { try send($0, step: step) }
        } catch let failure as ScanFailure {
            throw failure
        } catch {
            throw ScanFailure(message: "\(error)")
        }
    }

    /// The reply up to its NUL; what is not ended by one is no reply.
    borrowing func reply(within limit: Duration) throws(ScanFailure) -> String {
        let deadline = ContinuousClock.now + limit
        var reply: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1_024)
        while reply.count <= Self.longestReply {
            guard Self.ready(descriptor, POLLIN, by: deadline) != 0 else {
                throw ScanFailure(message: "clamd at \(address) does not answer")
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else {
                throw ScanFailure(message: "clamd at \(address) hung up without an answer")
            }
            reply += buffer[..<count]
            if let end = reply.firstIndex(of: 0) {
                guard end == reply.count - 1 else { break }
                return String(decoding: reply[..<end], as: UTF8.self)
            }
        }
        throw ScanFailure(message: "clamd at \(address) gave an answer that is none")
    }
}
