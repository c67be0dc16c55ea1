import ArgumentParser

/// The one binary.
@main
struct Parley: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "A self-hosted round table for language models.",
        subcommands: [
            Serve.self, Ask.self, Watch.self, ExportDiscussion.self, Backup.self, Restore.self, User.self,
            Token.self, Check.self, ShowSettings.self,
        ]
    )
}
