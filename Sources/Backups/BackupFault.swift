import Glibc
import Support

/// Why a backup or a restore was not done, in one line for the operator.
package struct BackupFault: LoggedError, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// What the system said of the last call.
    static func system(_ what: String) -> BackupFault {
        BackupFault("\(what): \(String(cString: strerror(errno)))")
    }
}
