// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Linked with libclamav, which is GPL-2.0 only; see docs/decisions/0060.

import Glibc

/// The socket to the responder: one message is one line of words, a request brings a descriptor with it.
///
/// To us: `scan ID SIZE`. From us: `ready VERSION TIME COUNT`, `broken REASON`, `unfit REASON` until the next `ready`, and for each scan one of
/// `clean ID`, `found ID NAME`, `refused ID REASON`, `error ID REASON`. Messages keep their bounds
/// (SOCK_SEQPACKET), so several threads may read and write at once.
struct Channel: Sendable {
    static let descriptor: Int32 = 3
    /// The longest message; longer reasons and names are cut.
    private static let longest = 400

    enum Received {
        case message([Substring], descriptor: Int32)
        case end
    }

    func receive() -> Received {
        var buffer = [UInt8](repeating: 0, count: Self.longest)
        // Room for one descriptor: a header of 16 bytes, then the number.
        var control = [UInt64](repeating: 0, count: 3)
        while true {
            var descriptor: Int32 = -1
            let count = buffer.withUnsafeMutableBytes { bytes in
                control.withUnsafeMutableBytes { space in
                    var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                    return withUnsafeMutablePointer(to: &part) { part in
                        var header = msghdr()
                        header.msg_iov = part
                        header.msg_iovlen = 1
                        header.msg_control = space.baseAddress
                        header.msg_controllen = space.count
                        let count = recvmsg(
                            Self.descriptor,
                            &header,
                            Int32(truncatingIfNeeded: MSG_CMSG_CLOEXEC)
                        )
                        if count > 0, header.msg_controllen >= 20 {
                            descriptor = space.load(fromByteOffset: 16, as: Int32.self)
                        }
                        return count
                    }
                }
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return .end }
            let words = String(decoding: buffer[..<count], as: UTF8.self).split(separator: " ")
            return .message(words, descriptor: descriptor)
        }
    }

    func send(_ message: String) {
        let bytes = message.utf8.prefix(Self.longest).map { (0x20...0x7E).contains($0) ? $0 : 0x3F }
        while Glibc.send(Self.descriptor, bytes, bytes.count, 0) < 0 {
            // Without a reader there is nobody to work for.
            guard errno == EINTR else { _exit(0) }
        }
    }

    /// Sleeps, or ends the process when the responder has gone.
    func wait(milliseconds: Int32) {
        var entry = pollfd(fd: Self.descriptor, events: 0, revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        if Int32(entry.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0 { _exit(0) }
    }
}
