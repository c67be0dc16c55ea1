package import Domain
import Store

extension Engine {
    /// Ends what is running; the seat that is speaking keeps what it has said so far, marked as cut short.
    package func stop(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        // What was said up to the press is on disk before the cut is made there.
        await chunks.flush()
        let acknowledgement = try await act(
            command,
            on: id,
            { .stop(hasSpoken: $0.speaking?.content.isEmpty == false) }
        ) { writer, transcript, actions in
            try writer.silence(transcript, actions)
            try writer.append(.discussionStopped(.init(status: .waiting)), of: id)
        }
        if !acknowledgement.replayed { cancel(id) }
        return acknowledgement
    }

    /// Hides the discussion; what runs is stopped as by ``stop(_:discussion:)``.
    package func delete(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        let owner = command.person
        await chunks.flush()
        let acknowledgement = try await store.perform(command) { writer in
            guard let transcript = try writer.reader.findTranscript(id, of: owner, .last(1)) else {
                throw NoSuchDiscussion()
            }
            var machine = transcript.machine
            if machine.status == .running {
                let actions = try machine.apply(
                    .stop(hasSpoken: transcript.speaking?.content.isEmpty == false)
                )
                try writer.update(id, status: machine.status, activity: machine.activity)
                try writer.silence(transcript, actions)
            }
            try writer.delete(id)
            try writer.append(.discussionDeleted(.init(status: machine.status)), of: id)
            return id
        }
        if !acknowledgement.replayed { cancel(id) }
        return acknowledgement
    }

    /// Shows a deleted discussion again.
    ///
    /// - Throws: ``NoSuchDiscussion`` if the person has deleted none of this id, or it is erased.
    package func restore(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        let owner = command.person
        return try await store.perform(command) { writer in
            guard let discussion = try writer.reader.findDeletedDiscussion(id, of: owner) else {
                throw NoSuchDiscussion()
            }
            try writer.restore(id)
            try writer.append(.discussionRestored(.init(status: discussion.status)), of: id)
            return id
        }
    }
}

extension StoreWriter {
    /// Ends the message that is being spoken, where something of it was said, and the round if that was all.
    fileprivate func silence(_ transcript: Transcript, _ actions: [RoundMachine.Action]) throws {
        let id = transcript.discussion.id
        if var message = transcript.speaking, !message.content.isEmpty {
            message.truncated = true
            message.finished = true
            try update(message)
            try append(.messageComplete(.init(message: message)), of: id)
        }
        for case .completeRound(let number) in actions {
            try complete(round: number, resolution: nil, of: id)
        }
    }
}
