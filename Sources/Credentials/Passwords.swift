import CCrypt
import Foundation

/// Hashes passwords by yescrypt, and checks them.
///
/// A few at once, each on a thread of its own: a hash takes its time and its memory by design, and must not
/// take them from the pages.
package final class Passwords: Sendable {
    /// How dear a hash is: 77 ms and 64 MB each on the machine that this was measured on (5, libcrypt's own
    /// default, 17 ms and 16 MB; 8: 160 ms and 128 MB).
    package static let cost: UInt = 7
    /// Twice 64 MB is what sign-ins may take of a small machine.
    private static let atOnce = 2
    /// The last of so many waits some three seconds; whoever comes then is asked to try again.
    private static let mostWaiting = 64

    private let cost: UInt
    private let queue = OperationQueue()
    /// What an unknown name's password is compared with.
    private let nobodys: String

    /// - Parameter cost: 1 to 11, each twice as dear as the one before.
    /// - Throws: ``CannotHash``.
    package init(cost: UInt = Passwords.cost) throws {
        self.cost = cost
        queue.maxConcurrentOperationCount = Self.atOnce
        nobodys = try Self.hash(RandomSecret().text, cost: cost)
    }

    /// - Throws: ``CannotHash``, ``TooManyAtOnce``.
    package func hash(_ password: String) async throws -> String {
        let cost = cost
        return try await run { try Self.hash(password, cost: cost) }
    }

    /// Whether `hash` is this password's.
    ///
    /// - Parameter hash: nil where there is no such account, or none with a password: that takes as long.
    /// - Throws: ``CannotHash``, ``TooManyAtOnce``.
    package func matches(_ password: String, _ hash: String?) async throws -> Bool {
        let wanted = hash ?? nobodys
        let found = try await run { try? Self.crypt(password, as: wanted) }
        let isEqual = ConstantTime.equal(found ?? "", wanted)
        return isEqual && hash != nil
    }

    /// Whether a hash is of another cost than new ones are.
    package func isDated(_ hash: String) -> Bool {
        hash.split(separator: "$").prefix(2) != nobodys.split(separator: "$").prefix(2)
    }

    private func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard queue.operationCount < Self.mostWaiting else { throw TooManyAtOnce() }
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: work)) }
        }
    }

    private static func hash(_ password: String, cost: UInt) throws -> String {
        // nil and 0: it takes its salt from the kernel.
        guard let setting = crypt_gensalt_ra("$y$", cost, nil, 0) else { throw CannotHash() }
        defer { free(setting) }
        return try crypt(password, as: String(cString: setting))
    }

    private static func crypt(_ password: String, as setting: String) throws -> String {
        var output = [CChar](repeating: 0, count: Int(PARLEY_CRYPT_OUTPUT))
        guard parley_crypt(password, setting, &output) == 0 else { throw CannotHash() }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// libcrypt has no yescrypt, or no memory.
package struct CannotHash: Error {}

/// So many passwords are being checked that another would wait for too long.
package struct TooManyAtOnce: Error {}
