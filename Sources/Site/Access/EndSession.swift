import Domain
import Hummingbird
import Store
import Support

extension Site {
    /// `POST /account/sessions/{session}/end`: signs one of the person's browsers out.
    @Sendable func endSession(_ request: Request, _ context: SiteContext) async throws -> Response {
        let (session, person) = try ownSession(context)
        let id = SessionID(rawValue: try context.parameters.require("session"))
        try context.check(try await Form(request, nil), of: request)
        let wasThere = try await store.write { writer in try writer.deleteSession(id, of: person.id) }
        guard wasThere else { throw Problem.noPart("There is no such session.") }
        audit.record(
            .sessionEnded,
            who: person.name,
            id: id.rawValue,
            from: context.remoteAddress,
            request: RequestID.current
        )
        guard id != session.id else {
            var response = Response.seeOther(Links.signIn)
            SessionCookie.clear(request, in: &response)
            response.forgetPages()
            return response
        }
        var response = Response.seeOther(Links.account)
        Flash.leave("session-ended", at: Links.account, in: &response)
        return response
    }
}
