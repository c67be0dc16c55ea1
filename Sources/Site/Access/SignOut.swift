import Domain
import HTTPTypes
import Hummingbird
import Store
import Support

extension Site {
    /// `POST /signout`: ends this browser's session.
    @Sendable func signOut(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (session, person) = try ownSession(context)
        try context.check(try await Form(request, nil), of: request)
        _ = try await store.write { writer in try writer.deleteSession(session.id, of: person.id) }
        audit.record(
            .signedOut,
            who: person.name,
            id: session.id.rawValue,
            from: context.remoteAddress,
            request: RequestID.current
        )
        var response = Response.seeOther(Links.signIn)
        SessionCookie.clear(request, in: &response)
        response.forgetPages()
        return response
    }

    /// The session by which the person came.
    ///
    /// - Throws: ``Problem``: there is none where there is no sign-in, and a script's token is not one.
    func ownSession(_ context: SiteContext) throws -> (Session, Person) {
        guard access.passwords != nil else { throw Problem.notFound }
        let asker = try context.asker.get()
        guard let session = asker.session else { throw Problem.forPeople }
        return (session, asker.person)
    }
}

extension Problem {
    static let forPeople = Problem(
        status: .forbidden,
        code: .forbidden,
        message: "This is for people who are signed in; a token cannot do it."
    )
}

extension Response {
    /// Has the browser forget what lies in the tab and what it keeps of pages: whoever goes back must find nothing.
    mutating func forgetPages() { headers[.clearSiteData] = "\"cache\", \"storage\"" }
}

extension HTTPField.Name {
    fileprivate static let clearSiteData = Self("Clear-Site-Data") ?? .server
}
