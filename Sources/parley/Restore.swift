import ArgumentParser
import Backups
import Domain
import Foundation
import Store
import Support

/// `parley restore PATH`: a snapshot, with the server stopped, or one discussion, while it runs.
struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Restore a snapshot of the database, or one discussion, from its backup.",
        discussion: """
            The path is what `parley backup` printed. Everything in it is compared with its checksums before \
            anything is touched. A snapshot takes the database's place while the server is stopped; the old one \
            is kept beside it. A discussion comes back while the server runs: under its own id, or beside the one \
            that has it under a new id, or with --force in its place.

            Exit status: 0 done, 1 not; the reason is on standard error, and everything is as it was.
            """
    )

    @Argument(help: "A snapshot's or a discussion's folder.")
    var path: String

    @Flag(help: "Check everything, say what would be done, and change nothing.")
    var dryRun = false

    @Flag(
        help: "A discussion may take the place of the one that is there, or come back although it was erased."
    )
    var force = false

    @Option(help: "Whose the discussion becomes, by name; else its owner's.")
    var owner: String?

    func run() async throws {
        umask(0o077)
        let folder = URL(fileURLWithPath: path).standardizedFileURL.path
        switch RestoreSnapshot.isSnapshot(folder) {
        case true?: try await restoreSnapshot(folder)
        case false?: try await restoreDiscussion(folder)
        case nil:
            throw Keeping.complain(BackupFault("\(path) is no backup: it has no manifest that can be read"))
        }
    }

    private func restoreSnapshot(_ folder: String) async throws {
        do {
            guard owner == nil, !force else {
                throw BackupFault("--owner and --force are for a discussion; this is a snapshot")
            }
            let settings = try loadSettings().settings
            let done = try await RestoreSnapshot(
                folder: folder,
                databasePath: settings.databasePath,
                dataDirectory: settings.dataDirectory,
                tombstones: Tombstones(
                    dataDirectory: settings.dataDirectory,
                    place: BackupPlace(settings.backups.directory)
                )
            ).run(rehearse: dryRun)
            print(
                "The snapshot of \(done.madeAt) is whole: \(done.facts.rows["discussions"] ?? 0) discussions."
            )
            guard let prepared = done.prepared else {
                return print("Nothing was changed: this was a rehearsal for \(settings.databasePath).")
            }
            if let old = done.old { print("The old database is \(old).") }
            if !prepared.erased.isEmpty {
                print("Erased again: \(prepared.erased.map(\.rawValue).joined(separator: ", ")).")
            }
            if done.filesBack > 0 { print("Uploaded files put back: \(done.filesBack).") }
            if done.filesMissing > 0 { print("Uploaded files that are nowhere: \(done.filesMissing).") }
            print("Everybody has to sign in anew; tokens deleted: \(prepared.tokens).")
            print("Passwords, roles and disabled accounts are the snapshot's: `parley user list` shows them.")
            print("The log goes on above \(prepared.continuesAbove).")
            print("Restored to \(settings.databasePath).")
        } catch {
            throw Keeping.complain(error)
        }
    }

    private func restoreDiscussion(_ folder: String) async throws {
        try await Keeping.use { keeping in
            let done = try await RestoreDiscussion(
                folder: folder,
                store: keeping.store,
                dataDirectory: keeping.settings.dataDirectory,
                tombstones: keeping.backups().tombstones,
                owner: owner,
                force: force
            ).run(rehearse: dryRun)
            let how =
                switch done.kind {
                case .back: "under its own id"
                case .beside: "beside the one that is there; --force would put it in that one's place"
                case .over: "in the place of the one that is there"
                }
            print("The discussion is whole: \(done.rounds) rounds, \(done.files) files, of \(done.owner).")
            guard !dryRun else {
                return print("Nothing was changed: this was a rehearsal. It would come back \(how).")
            }
            print("Restored \(how).")
            print(done.id)
        }
    }
}
