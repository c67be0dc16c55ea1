import Domain
import Export
import Hummingbird
import Store

extension Site {
    /// `GET /discussions/{id}/rounds/{n}`: one round; only its fragment with `?fragment=1`.
    @Sendable func roundPage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        guard let number = Int(try context.parameters.require("number")) else { throw Problem.notFound }
        guard !request.wantsJSON else {
            let json = try await text("one \(number) json", of: id, context) { reader, person in
                let transcript = try reader.findTranscript(id, of: person, .only(number))
                guard let round = transcript?.rounds.first else { throw Problem.notFound }
                return CachedText(try Response.jsonBytes(RoundJSON(round)))
            }
            return .text(json, type: "application/json")
        }
        let shown = try await shownRounds(id, .one(number), context).value
        guard let html = shown.rounds.first else { throw Problem.notFound }
        guard request.uri.queryParameters["fragment"] != "1" else { return .html(html) }
        let title = shown.data.transcript.discussion.title
        let newest = shown.data.newest
        let view = OneRoundView(
            layout: layout(title: "Round \(number): \(title)", context),
            title: title,
            discussion: Links.discussion(id, at: number),
            round: html,
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
    /// HTML.
    let round: String
    let earlier: String?
    let later: String?
}
