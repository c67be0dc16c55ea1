import Synchronization

/// What one answer has said so far, and when it began to.
final class Heard: Sendable {
    private struct Said {
        var text = ""
        var firstTokenMs: Int?
    }

    private let said = Mutex(Said())
    private let start = ContinuousClock.now

    var text: String { said.withLock(\.text) }
    var isEmpty: Bool { said.withLock(\.text.isEmpty) }
    var firstTokenMs: Int? { said.withLock(\.firstTokenMs) }
    var elapsedMs: Int { Int((ContinuousClock.now - start) / .milliseconds(1)) }

    func append(_ text: String) {
        let elapsed = elapsedMs
        said.withLock { said in
            if said.firstTokenMs == nil { said.firstTokenMs = elapsed }
            said.text += text
        }
    }
}
