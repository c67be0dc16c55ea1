import ArgumentParser
import Backups
import Credentials
import Domain
import Foundation
import Glibc
import Logging
import Site
import Store
import Support

/// `parley user …`: who may come in, straight in the database, beside a running server or without one.
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make and change the accounts of AUTH_MODE=accounts.",
        discussion: """
            The password is asked for twice on the terminal, or is the first line of standard input with \
            --password-stdin. What is changed counts at once, also in a running server.

            Exit status: 0 done, 1 not; the reason is on standard error.
            """,
        subcommands: [Add.self, List.self, Disable.self, Enable.self, ChangePassword.self, SetRole.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Add an account.")

        @Argument(help: "What the person signs in as.") var name: String
        @Flag(help: "They also see how the site fares, and what all spend.") var admin = false
        @OptionGroup var password: PasswordOption

        func run() async throws {
            let name = PersonName.tidy(name)
            try await Keeping.useAccounts(makingDatabase: true) { accounts in
                guard PersonName.isValid(name), name != Person.localName else {
                    throw AccountFault(
                        "“\(name)” cannot be a name: 1 to 120 visible characters, and not “local”"
                    )
                }
                guard try await accounts.store.read({ try $0.findAccount(named: name) }) == nil else {
                    throw AccountFault("there is an account “\(name)” already")
                }
                let hash = try await password.hash(for: name)
                let role: Role = admin ? .admin : .member
                do {
                    _ = try await accounts.store.write { writer in
                        try writer.insertAccount(named: name, role: role, password: hash)
                    }
                } catch is NameTaken {
                    throw AccountFault("there is an account “\(name)” already, perhaps in other letters")
                }
                accounts.note(.accountAdded, name, command: role.rawValue)
                print("\(name) can sign in now.")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts: name, role, and what keeps them out."
        )

        func run() async throws {
            try await Keeping.useAccounts { accounts in
                for account in try await accounts.store.read({ try $0.listAccounts() }) {
                    var line = "\(account.person.name)\t\(account.role.rawValue)"
                    if account.isDisabled { line += "\tdisabled" }
                    if !account.hasPassword { line += "\tno password" }
                    print(line)
                }
            }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let nobody in by an account any more; its sessions end, what it has is kept."
        )

        @Argument var name: String

        func run() async throws { try await User.update(name, isDisabled: true) }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let a disabled account in again.")

        @Argument var name: String

        func run() async throws { try await User.update(name, isDisabled: false) }
    }

    struct ChangePassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "password",
            abstract: "Set a password; the account's sessions end.",
            discussion: "“local” is the person of an open site: with a password it can be signed in as."
        )

        @Argument var name: String
        @OptionGroup var password: PasswordOption

        func run() async throws {
            try await Keeping.useAccounts { accounts in
                let account = try await accounts.find(name)
                let hash = try await password.hash(for: name)
                try await accounts.store.write { writer in
                    try writer.update(password: hash, of: account.person.id)
                }
                accounts.note(.passwordChanged, name)
                print("\(name) has a new password.")
            }
        }
    }

    struct SetRole: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "role",
            abstract: "Make an account a member's or an admin's."
        )

        @Argument var name: String
        @Argument(help: "member or admin") var role: String

        func run() async throws {
            guard let role = Role(rawValue: role) else {
                throw ValidationError("The role is member or admin.")
            }
            try await Keeping.useAccounts { accounts in
                let account = try await accounts.find(name)
                try await accounts.store.write { writer in
                    try writer.update(role: role, of: account.person.id)
                }
                accounts.note(.roleChanged, name, command: role.rawValue)
                print("\(name) is \(role.rawValue) now.")
            }
        }
    }

    private static func update(_ name: String, isDisabled: Bool) async throws {
        try await Keeping.useAccounts { accounts in
            let account = try await accounts.find(name)
            try await accounts.store.write { writer in
                try writer.update(isDisabled: isDisabled, of: account.person.id)
            }
            accounts.note(isDisabled ? .accountDisabled : .accountEnabled, name)
            print("\(name) is \(isDisabled ? "disabled" : "enabled") now.")
        }
    }
}

/// `parley token …`: what scripts sign in with.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make and revoke the tokens by which scripts sign in (AUTH_MODE=accounts).",
        subcommands: [Add.self, List.self, Revoke.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token for an account, and print it once: only its hash is kept."
        )

        @Argument(help: "Whose it is.") var user: String
        @Flag(help: "It may look, and change nothing.") var readOnly = false
        @Option(help: "So many days it lasts, 1 to 3650; without it until it is revoked.") var days: Int?

        func validate() throws {
            guard days.map({ (1...3_650).contains($0) }) ?? true else {
                throw ValidationError("The days are 1 to 3650.")
            }
        }

        func run() async throws {
            try await Keeping.useAccounts { accounts in
                let account = try await accounts.find(user)
                let (secret, now) = (RandomSecret(prefix: "parley_"), Date())
                let token = APIToken(
                    id: .random(),
                    isReadOnly: readOnly,
                    createdAt: now,
                    expiresAt: days.map { now.addingTimeInterval(Double($0) * 86_400) },
                    usedAt: nil
                )
                try await accounts.store.write { writer in
                    try writer.insert(token, hash: secret.hash, of: account.person.id)
                }
                accounts.note(.tokenAdded, user, id: token.id.rawValue)
                print(secret.text)
                FileHandle.standardError.write(
                    Data(
                        "parley: token \(token.id) is shown this once; scripts take it as PARLEY_TOKEN.\n"
                            .utf8
                    )
                )
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens: id, account, what it may, when it expires and was last used."
        )

        func run() async throws {
            try await Keeping.useAccounts { accounts in
                for found in try await accounts.store.read({ try $0.listTokens() }) {
                    let token = found.token
                    let expires = token.expiresAt.map { "expires \($0.iso8601)" } ?? "never expires"
                    let used = token.usedAt.map { "used \($0.iso8601)" } ?? "never used"
                    let kind = token.isReadOnly ? "read-only" : "full"
                    print("\(token.id)\t\(found.account.person.name)\t\(kind)\t\(expires)\t\(used)")
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a token, by the id that `list` shows."
        )

        @Argument var id: String

        func run() async throws {
            try await Keeping.useAccounts { accounts in
                let wasThere = try await accounts.store.write { writer in
                    try writer.deleteToken(APITokenID(rawValue: id))
                }
                guard wasThere else { throw AccountFault("there is no token “\(id)”") }
                accounts.note(.tokenRevoked, nil, id: id)
                print("\(id) is revoked.")
            }
        }
    }
}

/// Where a password comes from.
struct PasswordOption: ParsableArguments {
    @Flag(help: "Take the password from the first line of standard input.") var passwordStdin = false

    /// The hash of what was given.
    func hash(for name: String) async throws -> String {
        let password = try passwordStdin ? readLine(strippingNewline: true) ?? "" : askedTwice()
        if let fault = PasswordRule.fault(password, name: name) {
            throw AccountFault("the password: \(fault)")
        }
        return try await Passwords().hash(PasswordRule.tidy(password))
    }

    private func askedTwice() throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw AccountFault("there is no terminal to ask on: give the password by --password-stdin")
        }
        let first = try Self.ask("Password: ")
        guard first == (try Self.ask("The same again: ")) else {
            throw AccountFault("the passwords are not the same")
        }
        return first
    }

    /// Without an echo.
    private static func ask(_ prompt: String) throws -> String {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { throw AccountFault("the terminal cannot be used") }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        FileHandle.standardError.write(Data(prompt.utf8))
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        return readLine(strippingNewline: true) ?? ""
    }
}

/// What keeps a command about accounts from being done, in a person's words.
struct AccountFault: Error {
    let words: String

    init(_ words: String) {
        self.words = words
    }
}

/// The accounts of this site's database.
struct KeptAccounts {
    let store: Store
    let audit: AuditLog

    func find(_ name: String) async throws -> Account {
        guard
            let account = try await store.read({ reader in
                try reader.findAccount(named: PersonName.tidy(name))
            })
        else {
            throw AccountFault("there is no account “\(name)”")
        }
        return account
    }

    /// - Parameter command: the role that was given.
    func note(_ event: AuditLog.Event, _ name: String?, id: String? = nil, command: String? = nil) {
        audit.record(event, who: name, id: id, from: "terminal", command: command)
    }
}

extension Keeping {
    /// The same for accounts.
    ///
    /// - Parameter makingDatabase: for the first account of a site that has not been started yet. Else a command
    ///   in the wrong directory would change a new database and say that all is well.
    static func useAccounts(
        makingDatabase: Bool = false,
        _ work: (KeptAccounts) async throws -> Void
    ) async throws {
        umask(0o077)
        do {
            let settings = try loadSettings().settings
            guard makingDatabase || FileManager.default.fileExists(atPath: settings.databasePath) else {
                throw AccountFault(
                    "there is no database at \(settings.databasePath): is DATA_DIR the service's?"
                )
            }
            try FileManager.default.createDirectory(
                atPath: settings.dataDirectory,
                withIntermediateDirectories: true
            )
            let logger = Logger(label: "parley") { StreamLogHandler.standardError(label: $0) }
            let audit = try AuditLog(AuditLog.Place(setting: settings.auditLog), logger: logger)
            guard let lock = try FileLock.ofDatabase(settings.databasePath, .shared) else {
                throw AccountFault("\(settings.databasePath) is being restored")
            }
            defer { lock.release() }
            let store = try Store(path: settings.databasePath)
            do {
                try await work(KeptAccounts(store: store, audit: audit))
            } catch {
                try? store.close()
                throw error
            }
            try store.close()
        } catch let fault as AccountFault {
            FileHandle.standardError.write(Data("parley: \(fault.words)\n".utf8))
            throw ExitCode.failure
        } catch {
            throw complain(error)
        }
    }
}
