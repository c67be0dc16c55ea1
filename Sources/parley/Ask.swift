import ArgumentParser
import Client
import Foundation

/// `parley ask TOPIC`: starts a discussion and follows it until it is the person's turn.
struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ask",
        abstract: "Start a discussion and follow it in the terminal.",
        discussion: """
            It ends when the round is over and it is your turn, or when the discussion is resolved. If you \
            end it earlier, the discussion goes on by itself; `parley watch` takes it up again.

            \(ExitStatus.help)
            """
    )

    @Argument(help: "What to discuss; - reads it from standard input.")
    var topic: String

    @Option(help: "Who may see the words: any provider, or house for local models only.")
    var place: Place?

    @Option(
        name: .customLong("file"),
        help: "A file to put on the table, such as a PDF; may be given several times."
    )
    var files: [String] = []

    @Flag(help: "Print the events as the site sends them, a JSON object a line, and nothing else.")
    var json = false

    @Flag(inversion: .prefixedNo, help: "Follow it; else print its page (with --json, the acknowledgement).")
    var follow = true

    enum Place: String, ExpressibleByArgument, CaseIterable {
        case any, house
    }

    /// Far above the longest topic, so that it is the site that says how long one may be.
    private static let longestInput = 1 << 20

    func run() async throws {
        let terminal = Terminal()
        let access = try SiteAccess()
        let command = try SiteCommand.start(
            topic: try topic == "-" ? Self.readInput() : topic,
            place: place?.rawValue,
            files: try files.map(Self.readFile)
        )
        try await access.use(terminal) { site in
            let ack = try await site.send(command) { retry in
                terminal.note("the site did not acknowledge it (\(retry.reason)), trying again")
            }
            let page = site.address.discussion(ack.discussionId)
            guard follow else {
                terminal.write(json ? terminal.line(ofJSON: ack.json) : page + "\n")
                return .success
            }
            if !json { terminal.write(page + "\n\n") }
            var follower = Follower(terminal: terminal, page: page, json: json, untilAtRest: true)
            do {
                return try await follower.follow(site.feed(of: ack.discussionId))
            } catch {
                // Perhaps no event has named it.
                if json { terminal.note("the discussion is \(page)") }
                throw error
            }
        }
    }

    /// Far above what a site takes unless its limits were raised, so that it is the site that refuses.
    private static let largestFile = 200 << 20

    private static func readFile(_ path: String) throws -> SiteFile {
        do {
            let handle = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? handle.close() }
            let content = try handle.read(upToCount: largestFile + 1) ?? Data()
            guard content.count <= largestFile else {
                throw ValidationError("\(path) is larger than \(largestFile >> 20) MB.")
            }
            return SiteFile(name: URL(filePath: path).lastPathComponent, content: content)
        } catch let error as CocoaError {
            let reason = error.code == .fileReadNoSuchFile ? "is not there" : "cannot be read"
            throw ValidationError("\(path) \(reason).")
        }
    }

    private static func readInput() throws -> String {
        var bytes = Data()
        while bytes.count <= longestInput,
            let more = try FileHandle.standardInput.read(upToCount: longestInput + 1 - bytes.count),
            !more.isEmpty
        {
            bytes += more
        }
        guard bytes.count <= longestInput else {
            throw ValidationError("Standard input holds more than \(longestInput >> 20) MB.")
        }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw ValidationError("Standard input is not UTF-8.")
        }
        return text
    }
}
