import Synchronization

/// Makes a value once for all that ask for it at the same time.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let flights = Mutex<[Key: Task<Value, any Error>]>([:])

    /// - Returns: the value, and whether somebody else was already making it.
    func value(
        of key: Key,
        _ make: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, isShared: Bool) {
        let (task, isShared) = flights.withLock { flights in
            if let flight = flights[key] { return (flight, true) }
            // Of its own: whoever began it may go away while others wait for it.
            let task = Task {
                defer { self.flights.withLock { $0[key] = nil } }
                return try await make()
            }
            flights[key] = task
            return (task, false)
        }
        return (try await task.value, isShared)
    }
}
