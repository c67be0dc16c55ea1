package import Domain
import Store

extension Engine {
    /// Continues a waiting discussion: its incomplete round at the first seat that has not finished,
    /// else with a new round.
    ///
    /// - Throws: ``NoSuchDiscussion``, `RoundMachine.Refusal`, `CommandConflict`.
    package func proceed(_ command: Command, discussion id: DiscussionID) async throws -> Acknowledgement {
        let owner = command.person
        let acknowledgement = try await store.perform(command) { writer in
            guard let transcript = try writer.reader.findTranscript(id, of: owner) else {
                throw NoSuchDiscussion()
            }
            var machine = transcript.machine
            try writer.begin(try machine.apply(.proceed), of: id)
            return id
        }
        takeUp(id, of: owner)
        return acknowledgement
    }
}

/// The person has no discussion of this id.
package struct NoSuchDiscussion: Error {}
