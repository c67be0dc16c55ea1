import Domain
import Export
import Hummingbird
import Store

extension Site {
    /// `GET /discussions/{id}/rounds/{n}`: one round; only its fragment with `?fragment=1`.
    @Sendable func roundPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        guard let number = Int(try context.parameters.require("number")) else { throw Problem.notFound }
        let person = try context.person.id
        let transcript = try await store.read { reader in
            try reader.findTranscript(id, of: person, .only(number))
        }
        guard let transcript else { throw Problem.discussionNotFound }
        guard let round = transcript.rounds.first else { throw Problem.notFound }
        guard !request.wantsJSON else { return try .json(RoundJSON(round)) }
        let shown = RoundView(
            RoundOutline(round),
            round,
            of: id,
            panel: transcript.discussion.panel.seats.count
        )
        guard request.uri.queryParameters["fragment"] != "1" else { return try page("round", shown) }
        let newest = try await store.read { reader in try reader.newestRound(of: id) }
        let title = transcript.discussion.title
        let view = OneRoundView(
            layout: layout(title: "Round \(number): \(title)", context),
            title: title,
            discussion: Links.discussion(id, at: number),
            round: shown,
            earlier: number > 1 ? Links.round(number - 1, of: id) : nil,
            later: number < newest ? Links.round(number + 1, of: id) : nil
        )
        return try page("round-page", view)
    }
}

private struct OneRoundView {
    let layout: Layout
    let title: String
    let discussion: String
    let round: RoundView
    let earlier: String?
    let later: String?
}
