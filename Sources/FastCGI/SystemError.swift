internal import Glibc
import Support

/// A failed system call, by name and errno.
struct SystemError: LoggedError, CustomStringConvertible {
    var call: String
    var code: Int32

    /// Reads errno: make it right after the call.
    init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    var description: String {
        "\(call): \(String(cString: strerror(code)))"
    }
}
