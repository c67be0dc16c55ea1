import ArgumentParser
import Client
import Foundation
import Glibc

/// `parley export ID`: a discussion as a file.
struct ExportDiscussion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Fetch a discussion as Markdown, JSON or HTML.",
        discussion: """
            The JSON holds everything that is kept of the discussion; docs/EXPORT.md describes it.

            \(ExitStatus.help)
            """
    )

    @Argument(help: "The discussion's id, or the address of its page.")
    var discussion: String

    @Option(help: "md, json or html.")
    var format = Format.md

    @Option(
        name: [.short, .long],
        help: "The file to write, which must not be there yet; else standard output."
    )
    var output: String?

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case md, json, html
    }

    func run() async throws {
        let terminal = Terminal()
        let (access, id) = try SiteAccess.ofDiscussion(discussion)
        try await access.use(terminal) { site in
            let bytes = try await site.export(id, as: .init(rawValue: format.rawValue) ?? .markdown) {
                retry in
                terminal.note("no answer (\(retry.reason)), trying again")
            }
            guard let output else {
                terminal.write(export: bytes)
                return .success
            }
            do {
                try Self.write(bytes, to: output)
                return .success
            } catch let error as Fault {
                terminal.note("\(output) cannot be written: \(error.words)")
                return ExitStatus.refused
            }
        }
    }

    /// Whole or not at all, and never over something: a name that was meant otherwise costs nothing.
    private static func write(_ bytes: [UInt8], to path: String) throws(Fault) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Fault(code: errno) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let fault = Fault(code: errno)
                unlink(path)
                throw fault
            }
            rest = rest.dropFirst(count)
        }
    }

    private struct Fault: Error {
        let code: Int32

        var words: String { String(cString: strerror(code)) }
    }
}
