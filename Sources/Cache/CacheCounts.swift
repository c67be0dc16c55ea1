import Synchronization

/// What the cache has done since the start.
package struct CacheCounts: Sendable, Hashable {
    package struct Answers: Sendable, Hashable {
        package var hits = 0
        package var misses = 0
    }

    package var discussions = Answers()
    package var rounds = Answers()
    /// Questions that a server did not answer.
    package var errors = 0
    /// Those of them that it was waited for in vain.
    package var timeouts = 0
    /// Values that were not asked for: their server rests, or too many waited for it.
    package var skipped = 0
    /// Values that were given to a server.
    package var stored = 0
    /// Values that no server takes.
    package var tooLarge = 0
    /// How often servers were asked for values; each waits for the network once.
    package var trips = 0
    /// How long that took, all together.
    package var seconds = 0.0
}

/// Keeps the counts.
final class CacheTally: Sendable {
    private let counts = Mutex(CacheCounts())

    var now: CacheCounts { counts.withLock { $0 } }

    func count(_ change: (inout CacheCounts) -> Void) { counts.withLock { change(&$0) } }
}
