import Credentials
import Domain
import Foundation
import Logging
import Site
import Store
import Support

extension Settings {
    /// Who may come in, as AUTH_MODE says.
    ///
    /// - Throws: ``InvalidSetting``, `CannotHash`, or what the database says.
    func access(_ store: Store, logger: Logger) async throws -> Access {
        let mode: Access.Mode
        switch access.mode {
        case .open:
            let person = try await store.write { writer in try writer.findOrInsertLocalPerson() }
            mode = .open(person, toNetwork: access.isOpenToNetwork)
        case .accounts:
            mode = .accounts(try Passwords())
            let isEmpty = try await store.read { reader in
                try reader.listAccounts().allSatisfy { !$0.hasPassword }
            }
            if isEmpty {
                logger.warning("nobody can sign in yet: make the first account by `parley user add`")
            }
        case .proxy: mode = .proxy(admins: access.adminGroup.isEmpty ? nil : access.adminGroup)
        }
        let fresh = RandomSecret().text
        let secret = try await store.write { writer in try writer.findOrInsertSecret("forms", fresh) }
        return Access(
            mode,
            idle: Double(access.sessionMinutes) * 60,
            secret: secret,
            signInsPerMinute: access.signInsPerMinute
        )
    }
}
