package import Domain
import Store

extension Engine {
    /// Files of one discussion; each is named in every prompt.
    private static let mostFiles = 20

    /// Puts files on the table while it waits; the next round has them.
    ///
    /// - Throws: as all actions, see ``act``; `InvalidText` where there are too many.
    package func addFiles(
        _ command: Command,
        discussion id: DiscussionID,
        files: [NewFile]
    ) async throws -> Acknowledgement {
        try await act(command, on: id, takesUp: false, { _ in .addInput(proceed: false) }) {
            writer,
            transcript,
            _ in
            guard transcript.files.count + files.count <= Self.mostFiles else {
                throw InvalidText(
                    field: "files",
                    message: "A discussion takes \(Self.mostFiles) files at most, and this one has "
                        + "\(transcript.files.count)."
                )
            }
            try writer.add(files, to: id)
        }
    }

    /// Whether files could be added now, asked before they are scanned.
    ///
    /// - Throws: ``NoSuchDiscussion``, `RoundMachine.Refusal`.
    package nonisolated func checkAddingFiles(to id: DiscussionID, of person: PersonID) async throws {
        let transcript = try await store.read { reader in
            try reader.findTranscript(id, of: person, .last(1))
        }
        guard var machine = transcript?.machine else { throw NoSuchDiscussion() }
        _ = try machine.apply(.addInput(proceed: false))
    }
}

extension StoreWriter {
    /// Lists files, and tells of each.
    func add(_ files: [NewFile], to discussion: DiscussionID) throws {
        for new in files {
            try insert(new, of: discussion)
            try append(.fileAdded(.init(file: new.file)), of: discussion)
        }
    }
}
