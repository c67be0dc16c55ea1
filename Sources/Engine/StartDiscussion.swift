package import Domain
import Store

extension Engine {
    /// Starts a discussion. Its first round runs by itself; the recorded start is what is acknowledged.
    ///
    /// - Throws: ``NoProvider``, `CommandConflict`.
    package func start(_ command: Command, topic: String, place: Place) async throws -> Acknowledgement {
        let owner = command.person
        let panel = panel(place: place)
        let acknowledgement = try await store.perform(command) { writer in
            guard let panel else { throw NoProvider() }
            let discussion = Discussion(
                id: .random(), owner: owner, topic: topic, place: place, panel: panel, status: .running,
                activity: .round, createdAt: writer.now, updatedAt: writer.now)
            try writer.insert(discussion)
            try writer.append(
                .discussionStarted(
                    .init(
                        topic: topic, place: place, panel: panel.seats, status: .running,
                        activity: .round)), of: discussion.id)
            var machine = RoundMachine(panelSize: panel.seats.count)
            try writer.begin(try machine.apply(.resumed), of: discussion.id)
            return discussion.id
        }
        takeUp(acknowledgement.discussion, of: owner)
        return acknowledgement
    }
}

extension StoreWriter {
    /// Records a step that the engine will take: the discussion runs from this commit on.
    ///
    /// - Parameter actions: what the machine decided. A round that it opens is opened here; a round that
    ///   goes on is told of by `round-start` again, so that the new status has its event.
    func begin(_ actions: [RoundMachine.Action], of discussion: DiscussionID) throws {
        for action in actions {
            switch action {
            case .openRound(let number):
                try insertRound(number, of: discussion)
            case .speak(_, let number), .completeRound(let number):
                try update(discussion, status: .running, activity: .round)
                try append(
                    .roundStart(.init(round: number, status: .running, activity: .round)), of: discussion)
            case .interruptRound:
                break
            }
        }
    }
}
