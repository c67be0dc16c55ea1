import Domain
import Logging
import Store

extension Engine {
    /// Runs a discussion from where the store says it stands until it waits for its person.
    func run(_ id: DiscussionID, of owner: PersonID, _ bill: Bill) async {
        let holder = holder
        do {
            let isMine = try await store.write { writer in
                try writer.takeLease(on: id, for: holder.name, isAlive: holder.isAlive)
            }
            guard isMine else { return }
            while !isClosing, try await step(id, of: owner, bill) {}
        } catch is CancellationError {
            // Stopped, or the process is ending: then the seat that was speaking begins anew at the next start.
        } catch is LeaseLost {
            // Stopped or deleted meanwhile.
        } catch {
            // The step stays recorded: a next look for orphans takes it up again.
            logger.error("a step failed", error: error, metadata: ["discussion": "\(id)"])
        }
        await release(id, bill)
    }

    /// In a task of its own, since the one that ran may be cancelled and then writes nothing more.
    private func release(_ id: DiscussionID, _ bill: Bill) async {
        let (store, name, logger, budget) = (store, holder.name, logger, limits.budget)
        await Task {
            do {
                try await store.write { writer in try writer.releaseLease(on: id, of: name) }
                // What was used for nothing, since the step did not come to its end.
                let usages = bill.takeAll().usages
                if !usages.isEmpty {
                    try await store.write { writer in
                        try writer.insert(usages, of: id, on: budget.day(of: writer.now))
                    }
                }
            } catch {
                logger.error("a step could not be put away", error: error)
            }
        }.value
    }

    /// Takes one step.
    ///
    /// - Returns: whether there is another one to take.
    private func step(_ id: DiscussionID, of owner: PersonID, _ bill: Bill) async throws -> Bool {
        let now = now()
        let found = try await store.read { [self] reader in
            try reader.findTranscript(id, of: owner, .sinceSummary).map {
                ($0, try exceeded(by: $0.discussion, in: reader, at: now))
            }
        }
        guard let (transcript, exceeded) = found else { return false }
        var machine = transcript.machine
        guard let action = try machine.apply(.resumed).first else { return false }
        do {
            if let exceeded {
                // Every seat has spoken: the round is complete, only nobody judges it.
                guard case .judge(let round) = action else { throw Voiceless(exceeded) }
                try await complete(round: round, in: transcript, verdict: nil, exceeded)
                return false
            }
            switch action {
            case .openRound(let number):
                let opened = machine
                try await record(id) { writer in
                    try writer.begin([.openRound(number)], opened, of: id)
                }
                return true
            case .speak(let seat, let round):
                try await speak(seat: seat, round: round, in: transcript, bill)
                return true
            case .judge(let round):
                try await judge(round: round, in: transcript, bill)
            case .writeQuestions(let round):
                try await writeQuestions(round: round, in: transcript, bill)
            case .writeSummary(let round):
                try await writeSummary(throughRound: round, in: transcript, bill)
            case .writeConclusion(let round):
                try await writeConclusion(round: round, in: transcript, bill)
            case .completeRound, .resolve, .silence:
                break
            }
            return false
        } catch let failure as Voiceless {
            try await interrupt(transcript, failure)
            return false
        }
    }

    /// Leaves what is finished as it is, says why the step failed, and waits for the person.
    ///
    /// What a failed attempt has said is taken back, so that nothing later mistakes it for a message.
    private func interrupt(_ transcript: Transcript, _ failure: Voiceless) async throws {
        // A model server that is stopped together with us is no failure: the step is taken again.
        guard !isClosing else { throw CancellationError() }
        let discussion = transcript.discussion
        let id = discussion.id
        logger.warning(
            "a step found no provider",
            metadata: ["discussion": "\(id)", "code": "\(failure.code.rawValue)"]
        )
        var machine = transcript.machine
        _ = try machine.apply(.failed)
        let status = machine.status
        try await record(id) { writer in
            let now = try writer.reader.findTranscript(id, of: discussion.owner, .last(1))
            if var message = now?.speaking, !message.content.isEmpty {
                message.content = ""
                try writer.update(message)
                try writer.append(
                    .messageRestart(
                        .init(messageId: message.id, provider: message.provider, model: message.model)
                    ),
                    of: id
                )
            }
            try writer.update(id, status: status, activity: nil)
            try writer.append(
                .error(.init(code: failure.code, message: failure.message.reveal(), status: status)),
                of: id
            )
        }
    }

    /// Writes a step's result, and before it what the step has used, if the step is still wanted.
    ///
    /// - Throws: `LeaseLost`.
    func record(_ id: DiscussionID, _ work: @escaping @Sendable (StoreWriter) throws -> Void) async throws {
        let (name, budget) = (holder.name, limits.budget)
        let bill = bill(of: id)
        let taken = bill?.takeSettled()
        do {
            try await store.write { writer in
                try writer.requireLease(on: id, of: name)
                try writer.insert(taken?.usages ?? [], of: id, on: budget.day(of: writer.now))
                try work(writer)
            }
        } catch {
            if let taken { bill?.putBack(taken) }
            throw error
        }
    }
}
