import Cache
import Domain
import Foundation
import Store

/// What a discussion's page is made of, but for what its rounds say: those are rendered once, and kept apart.
///
/// Nothing of it depends on who asks, or on the time: what providers do, a person's forms and the place in the
/// queue are put in with each request.
struct PageData: Codable, Sendable {
    /// As far as pages still need it: the last rounds, without what was said in them.
    let transcript: Transcript
    let newest: Int
    /// What went wrong with the last step, if that is why the discussion waits.
    let failure: String?
    let views: [FileView]
    let rounds: [RoundFragment]

    init(_ listed: ListedRounds, _ rounds: [RoundFragment]) {
        transcript = listed.transcript.withoutWords
        newest = listed.newest
        failure = listed.failure
        views = listed.views
        self.rounds = rounds
    }
}

/// A page's data with the HTML of its rounds.
struct ShownRounds: Sendable {
    let data: PageData
    let rounds: [String]

    var html: String { rounds.joined() }
}

extension Transcript {
    /// Two rounds from the end, what is being spoken, and the standing summary.
    fileprivate var withoutWords: Transcript {
        Transcript(
            discussion: discussion,
            rounds: rounds.suffix(2).map { round in
                var round = round
                for index in round.messages.indices where round.messages[index].finished {
                    round.messages[index].content = ""
                }
                return round
            },
            summaries: summaries.suffix(1),
            resolution: resolution,
            files: files,
            cursor: cursor
        )
    }
}

extension Site {
    /// The rounds that a page shows, and what else it is made of.
    func shownRounds(
        _ id: DiscussionID,
        _ part: PagePart,
        _ context: SiteContext
    ) async throws -> Reading<ShownRounds> {
        try await read(part.name, of: id, context, through: pages) { [cache] bytes in
            guard let cache, let data = try? JSONDecoder().decode(PageData.self, from: Data(bytes)) else {
                return nil
            }
            let html = await cache.cachedRounds(data.rounds.map(\.name), of: id.rawValue)
            let rounds = data.rounds.compactMap { html[$0.name] }.map { String(decoding: $0, as: UTF8.self) }
            return rounds.count == data.rounds.count ? ShownRounds(data: data, rounds: rounds) : nil
        } make: { [self] person in
            let reading = try await listedRounds(id, part, of: person)
            let (listed, standing) = (reading.value, reading.standing)
            let rounds = listed.rounds(part)
            let fragments = try rounds.map { outline, round in
                try RoundFragment(outline, round, of: id, panel: listed.panel)
            }
            let shown = ShownRounds(
                data: PageData(listed, fragments),
                rounds: try await html(of: rounds, fragments, listed)
            )
            // Of rounds that are not there yet nothing is kept: anybody may ask for any number.
            if let cache, part.isNewest || !rounds.isEmpty {
                cache.setCachedDiscussion(
                    Array(try JSONEncoder().encode(shown.data)),
                    id: id.rawValue,
                    version: standing.version,
                    part: Self.cached(part.name)
                )
            }
            return Reading(value: shown, standing: standing)
        }
    }

    /// The rounds' HTML; what the cache does not have is rendered, and given to it.
    private func html(
        of rounds: [(RoundOutline, Round?)],
        _ fragments: [RoundFragment],
        _ listed: ListedRounds
    ) async throws -> [String] {
        let id = listed.transcript.discussion.id
        let kept = await cache?.cachedRounds(fragments.map(\.name), of: id.rawValue) ?? [:]
        var new: [DiscussionCache.RoundName: [UInt8]] = [:]
        let html = try zip(rounds, fragments).map { round, fragment in
            if let bytes = kept[fragment.name] { return String(decoding: bytes, as: UTF8.self) }
            let view = RoundView(round.0, round.1, of: id, panel: listed.panel)
            let html = try templates.render(view, "round")
            new[fragment.name] = Array(html.utf8)
            return html
        }
        cache?.setCachedRounds(new, of: id.rawValue)
        return html
    }
}
