import Domain
import Logging
import Store

/// Gathers what all seats are saying and writes it together, so that many discussions share one sync.
actor ChunkBuffer {
    private struct Pending {
        let discussion: DiscussionID
        let offset: Int
        var text: String
    }

    /// Text reaches the log at the latest this long after it was said: at most 10 events a second per message.
    static let interval = Duration.milliseconds(100)

    private let store: Store
    private let holder: String
    private let logger: Logger
    private var pending: [MessageID: Pending] = [:]
    private var written: [MessageID: Int] = [:]
    private var flushed: ContinuousClock.Instant?
    private var timer: Task<Void, Never>?
    private var writing: Task<Void, Never>?

    /// - Parameter holder: whose lease a discussion must be under for its chunks to count.
    init(store: Store, holder: String, logger: Logger) {
        self.store = store
        self.holder = holder
        self.logger = logger
    }

    /// Adds to what a message has said.
    func append(_ text: String, to message: MessageID, of discussion: DiscussionID) {
        if pending[message] != nil {
            pending[message]?.text += text
        } else {
            pending[message] = Pending(
                discussion: discussion,
                offset: written[message] ?? 0,
                text: text
            )
        }
        if timer == nil {
            // After a pause the first words go at once.
            let due = (flushed ?? .now - Self.interval) + Self.interval
            timer = Task {
                try? await Task.sleep(until: due, clock: .continuous)
                timer = nil
                await flush()
            }
        }
    }

    /// Ends a message: returns what was not yet written of it, once no write of it is under way.
    func take(_ message: MessageID) async -> EventBody? {
        await writesEnd()
        defer { written[message] = nil }
        guard let rest = pending.removeValue(forKey: message) else { return nil }
        return .messageChunk(.init(messageId: message, offset: rest.offset, text: rest.text))
    }

    /// Writes what is pending, now.
    func flush() async {
        // Two writes never overlap, or a later chunk could be committed before an earlier one.
        await writesEnd()
        flushed = .now
        let batch = pending
        pending = [:]
        guard !batch.isEmpty else { return }
        for (message, chunk) in batch {
            written[message] = chunk.offset + chunk.text.utf8.count
        }
        let task = Task {
            await write(batch)
            writing = nil
        }
        writing = task
        await task.value
    }

    /// Returns when no write is under way; while one was waited for, another may have begun.
    private func writesEnd() async {
        while let task = writing { await task.value }
    }

    private func write(_ batch: [MessageID: Pending]) async {
        do {
            try await store.write { [holder] writer in
                for (message, chunk) in batch {
                    // What was stopped, deleted or taken over meanwhile keeps the end that it was given.
                    guard try writer.holdsLease(on: chunk.discussion, holder),
                        try writer.append(chunk.text, to: message)
                    else { continue }
                    try writer.append(
                        .messageChunk(.init(messageId: message, offset: chunk.offset, text: chunk.text)),
                        of: chunk.discussion
                    )
                }
            }
        } catch {
            // The message's end writes its whole text; only the view of it while it is spoken has a gap.
            logger.error("chunks could not be written", error: error)
        }
    }
}
