import Domain
import Engine
import Hummingbird
import Store
import Uploads

extension Site {
    /// `POST /discussions/{id}/files`: `add-files`, with `files`, while the discussion waits.
    @Sendable func addFiles(_ request: Request, _ context: SiteContext) async throws -> Response {
        try await act(request, context) { id, form in
            let files = try form.files()
            guard !files.isEmpty else {
                throw Problem.invalid("files", "No file came with it. Please choose at least one.")
            }
            let command = try command("add-files", request, context, form, discussion: id, files: files)
            return try await taking(
                files,
                for: command,
                check: { try await engine.checkAddingFiles(to: id, of: command.person) },
                perform: { try await engine.addFiles(command, discussion: id, files: $0) }
            )
        }
    }

    /// Performs a command with its files, once they are scanned, typed and read.
    ///
    /// A command that came before is answered before anything is scanned again; files of one that is refused,
    /// or that another carried out meanwhile, are removed.
    ///
    /// - Parameter check: whether the command could be carried out now, asked before the files are scanned.
    func taking(
        _ files: [ReceivedFile],
        for command: Command,
        check: () async throws -> Void = {},
        perform: ([NewFile]) async throws -> Acknowledgement
    ) async throws -> Acknowledgement {
        guard let uploads, !files.isEmpty else { return try await perform([]) }
        let before = try await store.read { reader in try reader.findAcknowledgement(of: command) }
        if let before { return before }
        try await check()
        let new = try await uploads.accept(files)
        do {
            let acknowledgement = try await perform(new)
            if acknowledgement.replayed { await uploads.discard(new, store) }
            return acknowledgement
        } catch {
            await uploads.discard(new, store)
            throw error
        }
    }
}
