import ArgumentParser
import Foundation
import Support

/// `parley check`: what Parley stands on, looked at from outside of the running server.
///
/// It takes none of the server's locks and writes nothing where the server does.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at the configuration and every dependency, one line each.",
        discussion: """
            Each line is ok, warn or fail, the dependency, what was found and, after an arrow, what to do. Run it \
            as the user that the server runs as, with the same environment; beside the running server it does \
            no harm.

            Exit status: 0 nothing fails, 1 something does.
            """
    )

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Report: Encodable {
        let status: Finding.Status
        let checks: [Finding]
    }

    func run() async throws {
        umask(0o077)
        var findings: [Finding] = []
        do {
            let (settings, entries) = try loadSettings()
            let way = try settings.network.way
            try OpenFiles.raise(for: settings.pollsTotal)
            let set = entries.count { $0.shown != $0.fallback }
            add(
                .ok("configuration", "\(entries.count) settings, \(set) of them not the default"),
                to: &findings
            )
            // In an order that tells causes before effects; each by itself, since some wait for a network.
            for finding in [Self.place(settings), Self.timeZone(settings)] { add(finding, to: &findings) }
            add(await Self.database(settings), to: &findings)
            add(Self.backups(settings), to: &findings)
            add(await Self.memcached(settings), to: &findings)
            add(await Self.scanner(settings), to: &findings)
            for finding in await Self.providers(settings, way) { add(finding, to: &findings) }
            add(Self.socket(settings), to: &findings)
            add(await Self.nginx(settings), to: &findings)
        } catch let fault as InvalidSetting {
            let remedy = "set \(fault.name) to: \(fault.allowed)"
            add(.fail("configuration", "\(fault.name): \(fault.fault)", remedy), to: &findings)
        }
        let worst = findings.map(\.status).max() ?? .ok
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            print(
                String(decoding: try encoder.encode(Report(status: worst, checks: findings)), as: UTF8.self)
            )
        }
        if worst == .fail { throw ExitCode.failure }
    }

    /// Prints a line as soon as it is known: a provider that does not answer takes seconds.
    private func add(_ finding: Finding, to findings: inout [Finding]) {
        findings.append(finding)
        guard !json else { return }
        print(finding.line)
        fflush(nil)
    }
}
