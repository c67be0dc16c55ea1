package import Credentials
package import Domain
package import Foundation
import Support

/// Who may come in, and how that is found out.
package struct Access: Sendable {
    package enum Mode: Sendable {
        /// Whoever reaches the site is this person.
        ///
        /// - Parameter toNetwork: from other machines too.
        case open(Person, toNetwork: Bool)
        /// By a password, or a script's token.
        case accounts(Passwords)
        /// The web server has asked the house's sign-on.
        ///
        /// - Parameter admins: the group of its that are admins; nil: nobody is.
        case proxy(admins: String?)
    }

    /// A session is over after so long, however busy.
    static let longestSession: TimeInterval = 30 * 86_400
    /// When somebody was last seen is written at most once in so long.
    static let seenEvery: TimeInterval = 60
    /// A live page looks this often whether its person is still in; a held poll is over sooner or about then.
    package static let liveCheck: TimeInterval = 15

    let mode: Mode
    /// Sessions are over after so long without anything done.
    let idle: TimeInterval
    /// What forms' tokens are made with.
    let secret: String
    let throttle: SignInThrottle
    let liveCheck: TimeInterval

    /// - Parameters:
    ///   - secret: random, and the same after a restart, so that a page that was open goes on.
    ///   - signInsPerMinute: from one address.
    package init(
        _ mode: Mode,
        idle: TimeInterval = 86_400,
        secret: String,
        signInsPerMinute: Int = 10,
        liveCheck: TimeInterval = Access.liveCheck
    ) {
        self.mode = mode
        self.idle = idle
        self.secret = secret
        self.liveCheck = liveCheck
        throttle = SignInThrottle(perMinute: signInsPerMinute)
    }

    /// Checks passwords, where there are any.
    var passwords: Passwords? {
        if case .accounts(let passwords) = mode { passwords } else { nil }
    }
}
