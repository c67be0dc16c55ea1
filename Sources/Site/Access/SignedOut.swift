import Domain
import HTTPTypes
import Hummingbird
import Support

extension Site {
    private struct SignedOutView {
        let layout: Layout
        let signIn: String
        let typed: String
    }

    /// What people get in place of a refusal for want of a sign-in: the way to it, and back to where they were.
    ///
    /// A form that was sent too late comes back with what was typed.
    ///
    /// - Returns: nil where it is a refusal like others: for scripts, and where there is no page to sign in on.
    func signedOut(
        _ problem: Problem,
        _ request: Request,
        _ context: SiteContext
    ) async throws -> Response? {
        guard problem.code == .unauthenticated, access.passwords != nil, !problem.isAboutToken,
            !request.wantsJSON
        else { return nil }
        if request.method == .get || request.method == .head {
            // In the stripped request stands no path of PUBLIC_URL.
            return .seeOther(Links.signIn(next: Links.here(request.head.path ?? "/")))
        }
        let signIn = Links.signIn(next: Links.page(ofAction: request.uri.path))
        // Only for who was signed in: a stranger's body is not read.
        guard problem.isOverdue, let typed = try? await Form(request, uploads).typedWords else {
            return .seeOther(signIn)
        }
        return try page(
            "signed-out-page",
            SignedOutView(layout: layout(title: "Error: Signed out", context), signIn: signIn, typed: typed),
            status: problem.status
        )
    }
}
