import ArgumentParser
import Client
import Foundation
import Support

/// The site that `ask` and `watch` talk to, and who they are there.
struct SiteAccess {
    let address: SiteAddress
    private let token: SiteToken?
    /// Named by the person; such an address is not repeated in complaints.
    private let isNamed: Bool

    /// Reads `PARLEY_URL` and `PARLEY_TOKEN`, from the environment alone.
    ///
    /// A `.env` in whatever directory one happens to be in must not decide where a token is sent. Only the
    /// local run's port is taken from it, as `make run` does.
    init() throws {
        let environment = ProcessInfo.processInfo.environment
        let url = environment["PARLEY_URL"] ?? ""
        isNamed = !url.isEmpty
        if isNamed {
            do {
                address = try SiteAddress(url)
            } catch let fault as SiteAddress.Fault {
                throw ValidationError("PARLEY_URL \(fault).")
            }
        } else {
            let port =
                environment["PARLEY_HTTP_PORT"]
                ?? ((try? DotEnv.read(path: ".env")) ?? [:])["PARLEY_HTTP_PORT"]
            guard let number = UInt16(port.flatMap { $0.isEmpty ? nil : $0 } ?? "8080"), number > 0 else {
                throw ValidationError("PARLEY_HTTP_PORT is not a port, 1 to 65535.")
            }
            address = try SiteAddress("http://127.0.0.1:\(number)")
        }
        let secret = environment["PARLEY_TOKEN"] ?? ""
        token = SiteToken(secret)
        guard secret.isEmpty || token != nil else {
            throw ValidationError("PARLEY_TOKEN holds characters that no token has.")
        }
    }

    /// The site and the id of a discussion that is named by its id or by the address of its page.
    static func ofDiscussion(_ name: String) throws -> (SiteAccess, id: String) {
        let access = try SiteAccess()
        if SiteAddress.isDiscussionID(name) { return (access, name) }
        do {
            let (site, id) = try SiteAddress.discussion(at: name)
            guard site != access.address else { return (access, id) }
            // A pasted link must not decide where the token is sent.
            guard access.token == nil else {
                throw ValidationError(
                    "This discussion is on another site than PARLEY_URL, where PARLEY_TOKEN is not sent."
                )
            }
            return (SiteAccess(address: site), id)
        } catch let fault as SiteAddress.Fault {
            throw ValidationError("The discussion \(fault).")
        }
    }

    private init(address: SiteAddress) {
        self.address = address
        token = nil
        isNamed = true
    }

    /// Does `work` with the site and ends with its exit code; a failure is told in one line.
    func use(_ terminal: Terminal, _ work: (ParleySite) async throws -> ExitCode) async throws {
        let site = ParleySite(address: address, token: token)
        let code: ExitCode
        do {
            code = try await work(site)
        } catch let error as SiteError {
            code = explain(error, terminal)
        }
        try await site.shutdown()
        if code != .success { throw code }
    }

    private func explain(_ error: SiteError, _ terminal: Terminal) -> ExitCode {
        guard case .unreachable = error else {
            terminal.note(TerminalText.line("\(error)"))
            return ExitStatus.refused
        }
        terminal.note(
            isNamed
                ? "the site cannot be reached: \(error)"
                : "no Parley at \(address.base): \(error). Start it by `make run`, or set PARLEY_URL."
        )
        return ExitStatus.unreachable
    }
}
