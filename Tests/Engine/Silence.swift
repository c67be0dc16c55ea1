import Domain
import Doubles
import Logging
import Store
import Synchronization

/// A log that says nothing.
typealias SilentLog = SwiftLogNoOpLogHandler

/// A value behind a mutex.
final class Locked<Value: Sendable>: Sendable {
    private let box: Mutex<Value>

    init(_ value: Value) {
        box = Mutex(value)
    }

    var value: Value { box.withLock { $0 } }

    func change(_ change: (inout sending Value) -> Void) {
        box.withLock { change(&$0) }
    }
}

extension Table {
    /// The discussion as soon as nothing runs in it.
    func settled(_ id: DiscussionID) async throws -> Transcript {
        try await store.transcript(id, of: person) { $0.discussion.status != .running }
    }
}
