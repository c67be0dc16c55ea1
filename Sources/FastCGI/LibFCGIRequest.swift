internal import CFastCGI
internal import Glibc
internal import NIOCore

/// One FCGX_Request, from its parsed head to its end record.
///
/// The only file that touches fields which fcgiapp.h calls private: `ipcFd` and `keepConnection`.
///
/// `@unchecked Sendable` is true because the struct behind the pointer has one user at a time: the event
/// loop that makes it, then the request's one task, which hands it to an I/O thread and awaits that thread's
/// answer before it touches it again. The struct is allocated once and never moves; libfcgi keeps its address.
final class LibFCGIRequest: @unchecked Sendable {
    /// What became of bytes that were to be written.
    enum Push: Equatable {
        case done
        /// The peer reads slowly: this many bytes were taken, try again when the descriptor is writable.
        case blocked(taken: Int)
        case failed
    }

    /// How a push ends.
    enum Ending {
        /// More of the answer follows.
        case none
        /// With the end records; another request may come on the connection.
        case kept
        /// With the end records, and so that the web server closes the connection.
        case last
    }

    /// Content of one record such that libfcgi's 8 KB buffer makes one write of it.
    private static let pieceLength = 8192 - RecordHeader.length

    private let pointer: UnsafeMutablePointer<FCGX_Request>
    private let descriptor: Int32

    /// Lets libfcgi parse a head that lies complete in the file `feed`; output goes to `connection`.
    ///
    /// The descriptors are exchanged after the parse: every stream of a request reads `ipcFd` anew for each
    /// system call. On nil, libfcgi has closed `feed`.
    init?(feed: Int32, connection: Int32) {
        pointer = .allocate(capacity: 1)
        pointer.initialize(to: FCGX_Request())
        descriptor = connection
        FCGX_InitRequest(pointer, -1, 0)
        pointer.pointee.keepConnection = 1
        pointer.pointee.ipcFd = feed
        let accepted = FCGX_Accept_r(pointer) == 0
        guard accepted, let input = pointer.pointee.in, FCGX_GetError(input) == 0 else {
            if accepted { FCGX_Free(pointer, 1) }
            // The descriptor is libfcgi's to close when it fails: it must not be touched by deinit.
            pointer.pointee.ipcFd = -1
            return nil
        }
        pointer.pointee.ipcFd = connection
    }

    deinit {
        // The connection's descriptor belongs to the event loop.
        pointer.pointee.ipcFd = -1
        FCGX_Free(pointer, 0)
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    /// The parameters in the order sent, as bytes.
    func forEachParameter(
        _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
    ) {
        guard var next = pointer.pointee.envp else { return }
        while let entry = next.pointee {
            let pair = UnsafeRawBufferPointer(start: entry, count: strlen(entry))
            if let border = pair.firstIndex(of: UInt8(ascii: "=")) {
                body(
                    UnsafeRawBufferPointer(rebasing: pair[..<border]),
                    UnsafeRawBufferPointer(rebasing: pair[(border + 1)...])
                )
            }
            next += 1
        }
    }

    /// Writes bytes to STDOUT and flushes them; with `ending`, also the end records.
    ///
    /// On I/O threads only. The descriptor is asked before each record whether it is writable, so that a slow
    /// reader holds no thread: a writable unix socket has room for one more record of 8 KB.
    func push(_ buffer: ByteBuffer, ending: Ending) -> Push {
        guard let output = pointer.pointee.out, let errors = pointer.pointee.err else { return .failed }
        return buffer.withUnsafeReadableBytes { bytes in
            var taken = 0
            while taken < bytes.count {
                guard isWritable else { return .blocked(taken: taken) }
                let piece = UnsafeRawBufferPointer(rebasing: bytes[taken...].prefix(Self.pieceLength))
                let start = piece.bindMemory(to: CChar.self).baseAddress
                guard FCGX_PutStr(start, Int32(piece.count), output) == Int32(piece.count) else {
                    return .failed
                }
                taken += piece.count
                // The last piece leaves together with the end records: one system call for a small answer.
                if ending != .none, taken == bytes.count { break }
                guard FCGX_FFlush(output) == 0 else { return .failed }
            }
            guard ending != .none else { return .done }
            guard isWritable else { return .blocked(taken: taken) }
            if ending == .last { return closeAsLast(errors, output) ? .done : .failed }
            return FCGX_FClose(errors) == 0 && FCGX_FClose(output) == 0 ? .done : .failed
        }
    }

    /// Writes the end records with something after them, in one piece.
    ///
    /// FastCGI has no word for "close": nginx keeps every connection whose answer has ended, and learns only later
    /// that its peer has closed it. But one on which more has come than the answer is no good to it
    /// (ngx_http_fastcgi_input_filter), and it closes that itself, before anything can be sent on it.
    private func closeAsLast(
        _ errors: UnsafeMutablePointer<FCGX_Stream>,
        _ output: UnsafeMutablePointer<FCGX_Stream>
    )
        -> Bool
    {
        let memory = memfd_create("fastcgi-end", UInt32(PARLEY_MFD_CLOEXEC))
        guard memory >= 0 else { return FCGX_FClose(errors) == 0 && FCGX_FClose(output) == 0 }
        defer { close(memory) }
        pointer.pointee.ipcFd = memory
        let isClosed = FCGX_FClose(errors) == 0 && FCGX_FClose(output) == 0
        pointer.pointee.ipcFd = descriptor
        let length = lseek(memory, 0, SEEK_END)
        guard isClosed, length > 0 else { return false }
        var records = [UInt8](repeating: 0, count: Int(length))
        guard pread(memory, &records, records.count, 0) == records.count else { return false }
        // The head of an empty record to standard error.
        records += [1, 7, 0, 1, 0, 0, 0, 0]
        var sent = 0
        while sent < records.count {
            let count = records[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private var isWritable: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // An error or a hang-up counts as writable: the write that follows reports it.
        return poll(&entry, 1, 0) > 0
    }
}
