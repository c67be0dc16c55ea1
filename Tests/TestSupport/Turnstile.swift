import Synchronization

/// Lets so many in at once; the others wait.
final class Turnstile: Sendable {
    /// Whole sites are heavy: more of them at once than this only slow each other down.
    static let sites = Turnstile(places: 3)

    private let places: Mutex<Int>

    init(places: Int) {
        self.places = Mutex(places)
    }

    /// Waits for a place; throws when the waiting task is cancelled, as a test's time limit does.
    func enter() async throws {
        while true {
            let entered = places.withLock { places in
                guard places > 0 else { return false }
                places -= 1
                return true
            }
            if entered { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    func leave() {
        places.withLock { $0 += 1 }
    }
}
