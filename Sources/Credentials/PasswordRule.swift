import Foundation

/// What a password may be: long enough, and no more than libcrypt takes.
///
/// Length is all that is asked for, as NIST SP 800-63B has it: rules about signs make passwords worse.
package enum PasswordRule {
    package static let shortest = 10
    /// libcrypt takes 511 bytes.
    private static let mostBytes = 500

    /// The password as it is hashed: composed, so that it does not matter how a keyboard makes its letters.
    ///
    /// Not checked: at a sign-in it is what it is.
    package static func tidy(_ password: String) -> String {
        let text = password.precomposedStringWithCanonicalMapping
        // A NUL would end it; what is too long is no password of anybody's.
        return text.contains("\0") || text.utf8.count > mostBytes ? "" : text
    }

    /// What is wrong with a new password; nil: nothing.
    package static func fault(_ password: String, name: String) -> String? {
        let text = tidy(password)
        if text.isEmpty, !password.isEmpty { return "It is too long, or holds signs that no keyboard has." }
        if text.unicodeScalars.count < shortest { return "It needs \(shortest) characters or more." }
        if text.lowercased() == name.lowercased() { return "It must not be the name." }
        return nil
    }
}
