import Synchronization

/// A latch that a test opens once: a scripted answer waits for it, and so may a test.
package final class Gate: Sendable {
    private let state = Mutex(false)

    package init() {}

    package var isOpen: Bool { state.withLock { $0 } }

    package func open() {
        state.withLock { $0 = true }
    }

    /// Returns when the gate is open; throws when the waiting task is cancelled, as a time limit does.
    package func opened() async throws {
        try await eventually { self.isOpen }
    }
}

/// Waits until a condition holds; throws when the waiting task is cancelled, as a test's time limit does.
package func eventually(_ condition: @Sendable () -> Bool) async throws {
    while !condition() {
        try await Task.sleep(for: .milliseconds(2))
    }
}
