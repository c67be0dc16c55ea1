/// Who may come in.
package struct AccessSettings: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        case open, accounts, proxy
    }

    package let mode: Mode
    /// An open site answers other machines too.
    package let isOpenToNetwork: Bool
    /// A session is over after so many minutes without anything done.
    package let sessionMinutes: Int
    /// The sign-on's group whose members are admins; empty: nobody is.
    package let adminGroup: String
    /// Attempts to sign in from one address, a minute.
    package let signInsPerMinute: Int

    init(from reader: SettingsReader) throws {
        mode = try reader.choice("AUTH_MODE", default: .open)
        isOpenToNetwork = try reader.flag("AUTH_OPEN_TO_NETWORK", default: false)
        // Below five minutes nobody can write a remark; beyond 30 days a session is over whatever happens.
        sessionMinutes = try reader.integer("SESSION_TIMEOUT_MINUTES", default: 1_440, in: 5...43_200)
        adminGroup = reader.string("AUTH_ADMIN_GROUP")
        signInsPerMinute = try reader.integer("RATE_LIMIT_SIGNIN", default: 10, in: 1...1_000_000)
    }
}
