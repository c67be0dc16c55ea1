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
    private let logger: Logger
    private var pending: [MessageID: Pending] = [:]
    private var written: [MessageID: Int] = [:]
    private var flushing: Task<Void, Never>?

    init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Adds to what a message has said.
    func append(_ text: String, to message: MessageID, of discussion: DiscussionID) {
        if pending[message] != nil {
            pending[message]?.text += text
        } else {
            pending[message] = Pending(
                discussion: discussion, offset: written[message] ?? 0, text: text)
        }
        if flushing == nil {
            flushing = Task {
                // Cancelled only by `take`, which then finds the text still pending.
                try? await Task.sleep(for: Self.interval)
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

    private var writing: Task<Void, Never>?

    private func flush() async {
        flushing = nil
        // Two flushes never overlap, or a later chunk could be committed before an earlier one.
        await writesEnd()
        let batch = pending
        pending = [:]
        guard !batch.isEmpty else { return }
        for (message, chunk) in batch {
            written[message] = chunk.offset + chunk.text.utf8.count
        }
        let task = Task { [store, logger] in
            do {
                try await store.write { writer in
                    for (message, chunk) in batch {
                        try writer.append(chunk.text, to: message)
                        try writer.append(
                            .messageChunk(
                                .init(messageId: message, offset: chunk.offset, text: chunk.text)),
                            of: chunk.discussion)
                    }
                }
            } catch {
                // The message's end writes its whole text; only the view of it while it is spoken has a gap.
                logger.error("chunks could not be written", metadata: ["error": "\(error)"])
            }
        }
        writing = task
        await writesEnd()
    }

    /// Returns when no write is under way; while one was waited for, another may have begun.
    private func writesEnd() async {
        while let task = writing {
            await task.value
            if writing == task { writing = nil }
        }
    }
}
