import Foundation
import Glibc
import Support

/// A file that is being received: gone with its last reference, unless it was moved to its place.
package final class TemporaryFile: @unchecked Sendable {
    /// One read or write: as much as the transport hands over at once.
    static let pieceLength = 64 * 1024

    let path: String
    /// Open for reading and writing, and closed for children.
    package let descriptor: Int32
    /// Bytes written so far.
    ///
    /// Changed by one task, which awaits each write, and read after the last one: hence `@unchecked`.
    package private(set) var size = 0
    private var isMoved = false

    /// - Throws: `SystemFault`.
    init(path: String) throws {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw SystemFault("open") }
    }

    deinit {
        close(descriptor)
        if !isMoved { unlink(path) }
    }

    func write(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                guard errno == EINTR else { throw SystemFault("write") }
                continue
            }
            rest = rest.dropFirst(count)
            size += count
        }
    }

    /// Up to `length` bytes from `offset` on; fewer only at the file's end.
    func read(at offset: Int, length: Int) throws -> [UInt8] {
        var fault: SystemFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { space, count in
            count = 0
            while count < length {
                let got = pread(
                    descriptor,
                    space.baseAddress.map { $0 + count },
                    length - count,
                    off_t(offset + count)
                )
                if got < 0, errno == EINTR { continue }
                if got < 0 { fault = SystemFault("read") }
                guard got > 0 else { break }
                count += got
            }
        }
        if let fault { throw fault }
        return bytes
    }

    /// Moves the file to where it stays, safe from a loss of power.
    ///
    /// The group may read it: nginx hands it out.
    func move(to place: String, in directory: String) throws {
        guard fchmod(descriptor, 0o640) == 0, fsync(descriptor) == 0 else { throw SystemFault("fsync") }
        guard rename(path, place) == 0 else { throw SystemFault("rename") }
        isMoved = true
        let entry = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard entry >= 0 else { throw SystemFault("open") }
        defer { close(entry) }
        guard fsync(entry) == 0 else { throw SystemFault("fsync") }
    }
}

/// What the system said to a call.
struct SystemFault: LoggedError, CustomStringConvertible {
    let call: String
    let code: Int32

    init(_ call: String) {
        self.call = call
        code = errno
    }

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}
