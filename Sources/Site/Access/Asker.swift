import Domain
import Foundation

/// Who asks, and what tells that it is them.
struct Asker: Sendable {
    enum Means: Sendable {
        /// It is an open site.
        case house
        case session(Session)
        case token(APIToken)
        /// The web server has asked somebody else.
        case signOn
    }

    let person: Person
    let role: Role
    /// As pages call them.
    let name: String
    let means: Means

    /// May look, and change nothing.
    var isReadOnly: Bool {
        if case .token(let token) = means { token.isReadOnly } else { false }
    }

    var isScript: Bool {
        if case .token = means { true } else { false }
    }

    var session: Session? {
        if case .session(let session) = means { session } else { nil }
    }
}

/// Whom the house's sign-on says it is.
package struct SignedOn: Sendable, Hashable {
    /// Names the person for good.
    package let name: String
    package let displayName: String?
    package let groups: Set<String>

    /// - Parameters:
    ///   - user: `REMOTE_USER`, which only a sign-on recipe sets.
    ///   - groups: separated by commas or semicolons; a name may have blanks in it.
    /// - Returns: nil where nobody is named.
    package init?(user: String?, name: String? = nil, groups: String? = nil) {
        guard let user, !user.isEmpty else { return nil }
        self.name = user
        displayName = name?.isEmpty == false ? name : nil
        self.groups = Set(
            (groups ?? "").split { $0 == "," || $0 == ";" }.map { $0.trimmingCharacters(in: .whitespaces) }
        )
    }
}

/// What a person may be called.
package enum PersonName {
    private static let longest = 120

    /// The name as it is kept, however a keyboard makes its letters, and without the blanks that phones add.
    package static func tidy(_ name: String) -> String {
        name.trimmingCharacters(in: .whitespaces).precomposedStringWithCanonicalMapping
    }

    /// Whether it can be told from others: no blanks around it, nothing that does not show.
    package static func isValid(_ name: String) -> Bool {
        let scalars = name.unicodeScalars
        return (1...longest).contains(scalars.count) && !name.hasPrefix(" ") && !name.hasSuffix(" ")
            && scalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
                    .paragraphSeparator:
                    false
                case .spaceSeparator: scalar == " "
                default: true
                }
            }
    }
}
