package import Domain
import Store

extension Engine {
    /// Starts a discussion.
    ///
    /// Its first round runs by itself; the recorded start is what is acknowledged.
    ///
    /// - Throws: ``NoProvider``, ``BudgetExceeded``, `CommandConflict`.
    package func start(
        _ command: Command,
        topic: String,
        place: Place,
        files: [NewFile] = []
    ) async throws -> Acknowledgement {
        let owner = command.person
        let panel = panel(place: place)
        let roundLimit = limits.maxRounds
        let acknowledgement = try await store.perform(command) { [self] writer in
            guard let panel else { throw NoProvider() }
            let discussion = Discussion(
                id: .random(),
                owner: owner,
                topic: topic,
                place: place,
                panel: panel,
                status: .running,
                activity: .round,
                roundLimit: roundLimit,
                createdAt: writer.now,
                updatedAt: writer.now
            )
            if let exceeded = try exceeded(by: discussion, in: writer.reader, at: writer.now) {
                throw exceeded
            }
            try writer.insert(discussion)
            try writer.append(
                .discussionStarted(
                    .init(
                        topic: topic,
                        place: place,
                        panel: panel.seats,
                        status: .running,
                        activity: .round
                    )
                ),
                of: discussion.id
            )
            try writer.add(files, to: discussion.id)
            var machine = RoundMachine(panelSize: panel.seats.count, roundLimit: roundLimit)
            let actions = try machine.apply(.resumed)
            try writer.begin(actions, machine, of: discussion.id)
            return discussion.id
        }
        if !acknowledgement.replayed { await takeUp(acknowledgement.discussion, of: owner) }
        return acknowledgement
    }
}
