internal import CFastCGI
internal import Glibc

/// A file in memory through which libfcgi reads the heads that passed our scanner.
///
/// libfcgi reads from a descriptor and from nothing else. This one never blocks and holds exactly one head.
/// Used by the event loop's thread alone.
final class HeadFeed {
    private var descriptor: Int32 = -1

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Parses a complete head; nil if libfcgi refuses it.
    func parse(_ head: UnsafeRawBufferPointer, connection: Int32) -> LibFCGIRequest? {
        if descriptor < 0 { descriptor = memfd_create("fastcgi-head", UInt32(PARLEY_MFD_CLOEXEC)) }
        guard descriptor >= 0,
            pwrite(descriptor, head.baseAddress, head.count, 0) == head.count,
            ftruncate(descriptor, head.count) == 0,
            lseek(descriptor, 0, SEEK_SET) == 0
        else { return nil }
        let request = LibFCGIRequest(feed: descriptor, connection: connection)
        // Closed by libfcgi when it refused.
        if request == nil { descriptor = -1 }
        return request
    }
}
