import Domain
import Store

extension Engine {
    /// Performs a person's command on a discussion: what the machine allows, in one transaction.
    ///
    /// - Parameters:
    ///   - input: what the machine is asked.
    ///   - takesUp: whether a step follows that the engine should begin with at once.
    ///   - effect: what is written beside the step, before it.
    /// - Throws: ``NoSuchDiscussion``, `RoundMachine.Refusal`, ``BudgetExceeded``, `CommandConflict`, or what `effect` throws.
    func act(
        _ command: Command,
        on id: DiscussionID,
        takesUp: Bool = true,
        _ input: @escaping @Sendable (Transcript) -> RoundMachine.Input,
        effect: @escaping @Sendable (StoreWriter, Transcript, [RoundMachine.Action]) throws -> Void = {
            _,
            _,
            _ in
        }
    ) async throws -> Acknowledgement {
        let owner = command.person
        let acknowledgement = try await store.perform(command) { [self] writer in
            guard let transcript = try writer.reader.findTranscript(id, of: owner, .last(1)) else {
                throw NoSuchDiscussion()
            }
            var machine = transcript.machine
            let actions = try machine.apply(input(transcript))
            if takesUp, machine.status == .running,
                let exceeded = try exceeded(by: transcript.discussion, in: writer.reader, at: writer.now)
            {
                throw exceeded
            }
            try writer.update(id, status: machine.status, activity: machine.activity)
            try effect(writer, transcript, actions)
            try writer.begin(actions, machine, of: id)
            return id
        }
        if !acknowledgement.replayed, takesUp { await takeUp(id, of: owner) }
        return acknowledgement
    }
}

/// The person has no discussion of this id.
package struct NoSuchDiscussion: Error {}

extension StoreWriter {
    /// Records the step that the engine will take, and tells of it: a round that it opens is opened here.
    func begin(
        _ actions: [RoundMachine.Action],
        _ machine: RoundMachine,
        of discussion: DiscussionID
    ) throws {
        guard machine.status == .running, let next = actions.first else { return }
        if case .openRound(let number) = next {
            try insertRound(number, of: discussion)
            try append(
                .roundStart(.init(round: number, status: machine.status, activity: machine.activity)),
                of: discussion
            )
        } else {
            try append(
                .queued(.init(place: 0, status: machine.status, activity: machine.activity)),
                of: discussion
            )
        }
    }

    /// Records the end of a round, and of the discussion where `resolution` says so, in this order.
    func complete(round number: Int, resolution: Resolution?, of discussion: DiscussionID) throws {
        try completeRound(number, of: discussion)
        try update(discussion, status: .waiting, activity: nil)
        try append(
            .roundComplete(.init(round: number, waitingForAction: true, status: .waiting)),
            of: discussion
        )
        if let resolution { try resolve(resolution, of: discussion) }
    }

    /// Records how the discussion ended.
    func resolve(_ resolution: Resolution, of discussion: DiscussionID) throws {
        try insert(resolution, of: discussion)
        try update(discussion, status: .resolved, activity: nil)
        try append(
            .discussionResolved(.init(resolution: resolution, status: .resolved)),
            of: discussion
        )
    }
}
