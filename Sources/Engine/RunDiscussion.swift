import Domain
import Logging
import Providers
import Store

extension Engine {
    /// Runs a discussion from where the store says it stands until it waits for its person.
    func run(_ id: DiscussionID, of owner: PersonID) async {
        do {
            while !isClosing, try await step(id, of: owner) {}
        } catch is CancellationError {
            // The process is ending. The seat that was speaking begins anew at the next start.
        } catch {
            // The step stays recorded: the next start or the next action takes it up again.
            logger.error(
                "a discussion stopped", metadata: ["discussion": "\(id)", "error": "\(error)"])
        }
    }

    /// Takes one step.
    ///
    /// - Returns: whether there is another one to take.
    private func step(_ id: DiscussionID, of owner: PersonID) async throws -> Bool {
        let transcript = try await store.read { reader in try reader.findTranscript(id, of: owner) }
        guard let transcript else { return false }
        var machine = transcript.machine
        var goesOn = false
        for action in try machine.apply(.resumed) {
            switch action {
            case .openRound(let number):
                try await store.write { writer in
                    try writer.begin([.openRound(number), .speak(seat: 1, round: number)], of: id)
                }
                return true
            case .speak(let seat, let round):
                goesOn = try await speak(seat: seat, round: round, in: transcript, machine)
            case .completeRound(let number):
                try await store.write { writer in
                    try writer.completeRound(number, of: id)
                    try writer.update(id, status: .waiting, activity: nil)
                    try writer.append(
                        .roundComplete(
                            .init(round: number, waitingForAction: true, status: .waiting)), of: id)
                }
            case .interruptRound:
                break
            }
        }
        return goesOn
    }

    /// Lets a seat speak; without a provider that can, the discussion waits and says why.
    private func speak(
        seat: Int, round: Int, in transcript: Transcript, _ machine: RoundMachine
    ) async throws -> Bool {
        let id = transcript.discussion.id
        do {
            try await speaker.speak(seat: seat, round: round, in: transcript)
            return true
        } catch let failure as SeatSpeaker.Voiceless {
            logger.warning(
                "no provider could speak",
                metadata: ["discussion": "\(id)", "seat": "\(seat)", "reason": "\(failure.code.rawValue)"])
            var machine = machine
            _ = try machine.apply(.seatFailed)
            let status = machine.status
            try await store.write { writer in
                try writer.update(id, status: status, activity: nil)
                try writer.append(
                    .error(.init(code: failure.code, message: failure.message, status: status)), of: id)
            }
            return false
        }
    }
}
