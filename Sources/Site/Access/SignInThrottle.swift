import Domain
import Foundation
import Glibc
import Store
import Synchronization

/// How often a sign-in may be tried: from one address, and under one name.
///
/// By address in memory, a minute's worth. By name in the database, so that neither a restart nor many addresses
/// help who guesses.
final class SignInThrottle: Sendable {
    /// So many failures under a name cost nothing: people mistype.
    private static let free = 5
    /// The longest wait under a name: it also keeps its own person out, while somebody guesses.
    private static let longestWait: TimeInterval = 300
    /// Addresses remembered; when there are more, those that are quiet go.
    private static let mostAddresses = 10_000
    private static let window: TimeInterval = 60

    private let perMinute: Int
    private let tries = Mutex<[String: [Date]]>([:])

    init(perMinute: Int) {
        self.perMinute = perMinute
    }

    /// Counts a try from an address.
    ///
    /// - Returns: for how long it has to wait, if it may not.
    func enter(from asked: String, at now: Date) -> TimeInterval? {
        let address = Self.network(of: asked)
        return tries.withLock { tries in
            let since = now.addingTimeInterval(-Self.window)
            if tries.count >= Self.mostAddresses, tries[address] == nil {
                tries = tries.filter { $0.value.contains { $0 > since } }
                // All of them busy: an attack from everywhere. Names are still guarded.
                if tries.count >= Self.mostAddresses { tries.removeAll() }
            }
            let recent = (tries[address] ?? []).filter { $0 > since }
            guard recent.count < perMinute else {
                tries[address] = recent
                return (recent.first.map { $0.addingTimeInterval(Self.window) } ?? now).timeIntervalSince(now)
            }
            tries[address] = recent + [now]
            return nil
        }
    }

    /// One house's addresses as one: of IPv6 it has 2 to the 64th.
    static func network(of address: String) -> String {
        var parsed = in6_addr()
        guard inet_pton(AF_INET6, address, &parsed) == 1 else { return address }
        let bytes = withUnsafeBytes(of: &parsed) { Array($0) }
        let isIPv4 = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10...11].allSatisfy { $0 == 0xFF }
        return isIPv4 ? bytes.suffix(4).map(String.init).joined(separator: ".") : "\(bytes.prefix(8))"
    }

    /// For how long a name has to wait after its failures.
    static func wait(_ failed: FailedSignIns?, at now: Date) -> TimeInterval? {
        guard let failed, failed.count >= free else { return nil }
        let wait = min(pow(2, Double(min(failed.count - free, 20))), longestWait)
        let left = failed.at.addingTimeInterval(wait).timeIntervalSince(now)
        return left > 0 ? min(left, wait) : nil
    }
}
