import ArgumentParser
import Client

/// `parley watch ID`: follows a discussion.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a discussion in the terminal.",
        discussion: """
            It prints what was said so far and goes on until you interrupt it or the discussion is deleted, \
            also over restarts of the site.

            \(ExitStatus.help)
            """
    )

    @Argument(help: "The discussion's id, or the address of its page.")
    var discussion: String

    @Option(help: "Only what happened after this cursor.")
    var after: Int?

    @Flag(help: "Print the events as the site sends them, a JSON object a line, and nothing else.")
    var json = false

    @Flag(help: "End when it is the person's turn, or when the discussion is resolved.")
    var untilWaiting = false

    func validate() throws {
        guard after ?? 0 >= 0 else { throw ValidationError("The cursor must be 0 or more.") }
    }

    func run() async throws {
        let terminal = Terminal()
        let (access, id) = try SiteAccess.ofDiscussion(discussion)
        try await access.use(terminal) { site in
            let snapshot = try await site.discussion(id) { retry in
                terminal.note("no answer (\(retry.reason)), trying again")
            }
            var follower = Follower(
                terminal: terminal,
                page: site.address.discussion(id),
                json: json,
                untilAtRest: untilWaiting
            )
            // In words the discussion itself says best what was; events may be compacted or expired.
            let start = after ?? (json ? 0 : snapshot.cursor)
            follower.begin(with: snapshot, from: start, isWhole: after == nil)
            return try await follower.follow(site.feed(of: id, after: start))
        }
    }
}
