import ArgumentParser
import Backups
import Domain
import Foundation
import Logging
import Store
import Support

/// `parley backup`: one backup now, beside the running server or without one.
struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Back up what was touched and the whole database, and print what was written.",
        discussion: """
            It works while the server runs, and also where BACKUP_ENABLED is false. Each path that was written \
            is a line on standard output, the snapshot of the database the last.

            Exit status: 0 done, 1 not; the reason is on standard error, and what lies there is untouched.
            """
    )

    @Option(help: "Only this discussion, touched or not.")
    var discussion: String?

    func run() async throws {
        umask(0o077)
        try await Keeping.use { keeping in
            let backups = keeping.backups()
            if let discussion {
                print(
                    try await backups.backupDiscussion(
                        user: nil,
                        discussion: DiscussionID(rawValue: discussion)
                    )
                )
            } else {
                let written = try await backups.run()
                for path in written.discussions { print(path) }
                if let snapshot = written.snapshot { print(snapshot) }
            }
        }
    }
}

/// The data of this site, for the commands that keep it.
struct Keeping {
    let settings: Settings
    let store: Store

    /// Opens the database for `work`; a failure is told in one line.
    static func use(_ work: (Keeping) async throws -> Void) async throws {
        do {
            let settings = try loadSettings().settings
            guard FileManager.default.fileExists(atPath: settings.databasePath) else {
                throw BackupFault("there is no database at \(settings.databasePath)")
            }
            guard let lock = try FileLock.ofDatabase(settings.databasePath, .shared) else {
                throw BackupFault("\(settings.databasePath) is being restored")
            }
            defer { lock.release() }
            let store = try Store(path: settings.databasePath)
            do {
                try await work(Keeping(settings: settings, store: store))
            } catch {
                try? store.close()
                throw error
            }
            try store.close()
        } catch {
            throw complain(error)
        }
    }

    func backups() -> Backups {
        Backups(
            store: store,
            databasePath: settings.databasePath,
            dataDirectory: settings.dataDirectory,
            settings: settings.backups,
            logger: Logger(label: "parley") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Says what is wrong.
    ///
    /// - Returns: how to end.
    static func complain(_ error: any Error) -> any Error {
        let words: String? =
            switch error {
            case let fault as BackupFault: fault.description
            case let fault as InvalidSetting: "\(fault)"
            default: DatabaseFile.words(error)
            }
        guard let words else { return error }
        FileHandle.standardError.write(Data("parley: \(words)\n".utf8))
        return ExitCode.failure
    }
}
