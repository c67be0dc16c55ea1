package import Domain
import Synchronization

/// What consumers have acknowledged since it was last written.
///
/// A consumer acknowledges with every poll; the database hears of it at most once a second.
package final class ConsumerCursors: Sendable {
    private struct Key: Hashable {
        let person: PersonID
        let name: String
    }

    private let pending = Mutex<[Key: Int]>([:])

    init() {}

    /// Notes that `name` has all events up to `cursor`.
    package func acknowledge(_ cursor: Int, by name: String, of person: PersonID) {
        pending.withLock { pending in
            let key = Key(person: person, name: name)
            pending[key] = max(pending[key] ?? 0, cursor)
        }
    }

    /// What is noted and not yet written.
    package func noted(by name: String, of person: PersonID) -> Int? {
        pending.withLock { $0[Key(person: person, name: name)] }
    }

    fileprivate func write(to store: Store) async throws {
        let batch = pending.withLock { $0 }
        guard !batch.isEmpty else { return }
        try await store.write { writer in
            for (key, cursor) in batch {
                try writer.update(consumer: key.name, of: key.person, cursor: cursor)
            }
        }
        pending.withLock { pending in
            // What was acknowledged meanwhile stays for the next time.
            for (key, cursor) in batch where pending[key] == cursor { pending[key] = nil }
        }
    }
}

extension Store {
    /// Writes what consumers have acknowledged; called once a second, and at the end.
    package func flushConsumers() async throws { try await consumers.write(to: self) }

    /// Where a consumer goes on; one that nobody knew begins at 0.
    ///
    /// - Throws: ``TooManyConsumers``.
    package func consumerCursor(_ name: String, of person: PersonID) async throws -> Int {
        // Asked first: what is written between the two is found in the database.
        let noted = consumers.noted(by: name, of: person) ?? 0
        let written = try await read { reader in try reader.findConsumerCursor(name, of: person) }
        if written == nil { try await write { writer in try writer.insertConsumer(name, of: person) } }
        return max(written ?? 0, noted)
    }
}
