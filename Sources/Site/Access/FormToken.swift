import Credentials
import Crypto
import Domain
import Foundation
import HTTPTypes
import Hummingbird

/// What every form carries to show that it is from a page of ours, and of this very session.
///
/// Another site's page can have a browser send a form here, with its cookies, but cannot read what stands in
/// our pages.
enum FormToken {
    static let field = "form_token"

    /// The same for as long as the session lasts, so that a page that has been open for long can be sent.
    static func make(for asker: Asker, secret: String) -> String {
        let session = asker.session?.id.rawValue ?? ""
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(asker.person.id) \(session)".utf8),
            using: SymmetricKey(data: Data(secret.utf8))
        )
        // 128 bits: nobody guesses them over a network.
        return code.prefix(16).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}

extension SiteContext {
    /// Refuses a form that may be from elsewhere.
    ///
    /// What no form of another site can send stands for the token: a header of its own (`Idempotency-Key`), or
    /// a script's token.
    ///
    /// - Throws: ``Problem``.
    func check(_ form: Form, of request: Request) throws {
        guard request.headers[.idempotencyKey] == nil, try !asker.get().isScript else { return }
        guard form.json == nil else {
            throw Problem.invalid(
                "command_id",
                "The command has no id. Please send an Idempotency-Key header."
            )
        }
        guard ConstantTime.equal(form.shown(FormToken.field), formToken) else { throw Problem.staleForm }
    }
}

extension Problem {
    static let staleForm = Problem(
        status: .forbidden,
        code: .forbidden,
        message:
            "This form is from a page of an earlier sign-in, or from elsewhere, so nothing was done. What you "
            + "wrote stands in it; please look it over and send it again."
    )
}
