import Foundation
import Support
import Synchronization

/// Which refusals the audit log was told of a moment ago.
final class RefusalNotes: Sendable {
    struct Key: Hashable {
        let event: AuditLog.Event
        let kind: String
        let address: String
    }

    private static let pause: TimeInterval = 60
    /// More at once are an attack from everywhere, which the first thousands of lines have told of.
    private static let mostKeys = 10_000

    private let told = Mutex<[Key: Date]>([:])

    /// Whether nobody was told of such a refusal within the last minute.
    func isWorthTelling(_ key: Key, at now: Date) -> Bool {
        told.withLock { told in
            let since = now.addingTimeInterval(-Self.pause)
            if let at = told[key], at > since { return false }
            if told.count >= Self.mostKeys { told = told.filter { $0.value > since } }
            guard told.count < Self.mostKeys else { return false }
            told[key] = now
            return true
        }
    }
}
