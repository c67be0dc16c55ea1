package import Domain
import Store

extension Engine {
    /// Ends what is running; the seat that is speaking keeps what it has said so far, marked as cut short.
    package func stop(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        // What was said up to the press is on disk before the cut is made there.
        await chunks.flush()
        let (bill, budget) = (bill(of: id), limits.budget)
        let acknowledgement = try await act(
            command,
            on: id,
            takesUp: false,
            { .stop(hasSpoken: $0.hasSpoken) }
        ) { writer, transcript, actions in
            try writer.insert(bill, of: id, budget)
            try writer.silence(transcript)
            try writer.append(.discussionStopped(.init(status: .waiting)), of: id)
            try writer.completeStopped(actions, of: id)
        }
        if !acknowledgement.replayed { await cancel(id) }
        return acknowledgement
    }

    /// Hides the discussion; what runs is stopped as by ``stop(_:discussion:)``.
    package func delete(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        let owner = command.person
        await chunks.flush()
        let (bill, budget) = (bill(of: id), limits.budget)
        let acknowledgement = try await store.perform(command) { writer in
            guard let transcript = try writer.reader.findTranscript(id, of: owner, .last(1)) else {
                throw NoSuchDiscussion()
            }
            var machine = transcript.machine
            if machine.status == .running {
                let actions = try machine.apply(.stop(hasSpoken: transcript.hasSpoken))
                try writer.update(id, status: machine.status, activity: machine.activity)
                try writer.insert(bill, of: id, budget)
                try writer.silence(transcript)
                try writer.completeStopped(actions, of: id)
            }
            try writer.delete(id)
            try writer.append(.discussionDeleted(.init(status: machine.status)), of: id)
            return id
        }
        if !acknowledgement.replayed { await cancel(id) }
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

extension Transcript {
    /// The seat whose turn it is has said something.
    ///
    /// A fragment that an earlier failure left is nothing said.
    fileprivate var hasSpoken: Bool {
        discussion.activity == .round && speaking?.content.isEmpty == false
    }
}

extension StoreWriter {
    /// Writes down what was used by what is stopped here.
    fileprivate func insert(_ bill: Bill?, of id: DiscussionID, _ budget: Budget) throws {
        let day = budget.day(of: now)
        for usage in bill?.takeAll() ?? [] { try insert(usage, of: id, on: day) }
    }

    /// Ends the message that is being spoken, where something of it was said.
    ///
    /// The lease ends with it: whoever was speaking, here or in another process, writes nothing more.
    fileprivate func silence(_ transcript: Transcript) throws {
        let id = transcript.discussion.id
        try endLease(on: id)
        guard transcript.hasSpoken, var message = transcript.speaking else { return }
        message.truncated = true
        message.finished = true
        try update(message)
        try append(.messageComplete(.init(message: message)), of: id)
    }

    /// Records the end of the round, and of the discussion, where a stop brought it about.
    fileprivate func completeStopped(_ actions: [RoundMachine.Action], of id: DiscussionID) throws {
        for case .completeRound(let number) in actions {
            let reason = actions.compactMap { action in
                if case .resolve(let reason) = action { reason } else { nil }
            }.first
            try complete(
                round: number,
                resolution: reason.map {
                    Resolution(reason: $0, round: number, conclusion: Resolution.noConclusion)
                },
                of: id
            )
        }
    }
}
