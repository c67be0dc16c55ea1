import Domain
import Hummingbird
import Store

/// Which rounds a discussion's page shows.
///
/// A page lists at most ``size`` of them and holds the words of few: the rest load when they are opened.
enum PagePart: Equatable {
    /// So many rounds are read through in one sitting; their outlines take some 15 KB of HTML.
    static let size = 20
    /// More rounds than any discussion has; a number beyond it, from whoever wrote the address, is no round.
    private static let farthest = 1_000_000

    /// The last ones, with what the person can do now. The newest is open.
    case newest
    /// Those before a round; open, for a script that shows them as they scroll near.
    case before(Int, open: Bool)
    /// Those about a round, which is open.
    case around(Int)
    /// A round by itself.
    case one(Int)
    /// Every round, open: to find something, and to print.
    case all

    init(_ request: Request) {
        let query = request.uri.queryParameters
        self =
            if query["rounds"] == "all" {
                .all
            } else if let round = query["round"].flatMap({ Int($0) }), (1...Self.farthest).contains(round) {
                .around(round)
            } else if let round = query["before"].flatMap({ Int($0) }), (2...Self.farthest).contains(round) {
                .before(round, open: query["rounds"] == "open")
            } else {
                .newest
            }
    }

    /// Whether the page ends with the present.
    var isNewest: Bool { self == .newest || self == .all }

    var isOne: Bool { if case .one = self { true } else { false } }

    /// The rounds whose words the page shows, of those there are.
    var span: RoundSpan {
        switch self {
        // Of a round that has just begun the one before it is what people answer to.
        case .newest: .last(2)
        case .before(let round, let isOpen): isOpen ? .between(round - Self.size, round - 1) : .between(1, 0)
        case .around(let round), .one(let round): .only(round)
        case .all: .all
        }
    }

    /// The rounds that the page lists, open or not; empty where there are none.
    func listed(newest: Int) -> ClosedRange<Int>? {
        let (first, last) =
            switch self {
            case .newest: (newest - Self.size + 1, newest)
            case .before(let round, _): (round - Self.size, round - 1)
            case .around(let round): ((round - 1) / Self.size * Self.size + 1, round + Self.size)
            case .one(let round): (round, round)
            case .all: (1, newest)
            }
        let end = min(last, max(first, 1) + (self == .all ? newest : Self.size) - 1, newest)
        return end >= max(first, 1) ? max(first, 1)...end : nil
    }
}

extension PagePart {
    /// In the cache's keys.
    var name: String {
        switch self {
        case .newest: "newest"
        case .before(let round, let isOpen): "before \(round)\(isOpen ? " open" : "")"
        case .around(let round): "around \(round)"
        case .one(let round): "one \(round)"
        case .all: "all"
        }
    }
}

/// A page's rounds as one read of the store saw them.
struct ListedRounds: Sendable {
    let transcript: Transcript
    let newest: Int
    /// Of the rounds that the page lists.
    let outlines: [RoundOutline]
    /// What went wrong with the last step, if that is why the discussion waits.
    let failure: String?
    /// Which providers were given which of the discussion's files.
    let views: [FileView]

    var panel: Int { transcript.discussion.panel.seats.count }

    /// The listed rounds; with their words those that the page shows open.
    func rounds(_ part: PagePart) -> [(RoundOutline, Round?)] {
        let rounds = Dictionary(transcript.rounds.map { ($0.number, $0) }) { $1 }
        return outlines.map { outline in
            let round = rounds[outline.number].flatMap { round in
                part != .newest || round.number == newest || !isComplete(newest, rounds) ? round : nil
            }
            return (outline, round)
        }
    }

    private func isComplete(_ number: Int, _ rounds: [Int: Round]) -> Bool {
        rounds[number]?.complete ?? true
    }
}

extension Site {
    /// The part of the person's discussion that a page shows.
    ///
    /// Reads no more of a discussion of a thousand rounds than of one with ``PagePart/size``, but for the part
    /// that is all of them.
    ///
    /// - Throws: ``Problem/discussionNotFound``; also for one that is someone else's.
    func listedRounds(
        _ id: DiscussionID,
        _ part: PagePart,
        of person: PersonID
    ) async throws -> Reading<ListedRounds> {
        let found = try await store.read { reader -> Reading<ListedRounds>? in
            guard let standing = try reader.findStanding(id, of: person),
                let transcript = try reader.findTranscript(id, of: person, part.span)
            else { return nil }
            let newest = try reader.newestRound(of: id)
            let outlines =
                if part.span.isWhole || part.isOne {
                    transcript.rounds.map(RoundOutline.init)
                } else if let listed = part.listed(newest: newest) {
                    try reader.listOutlines(of: id, in: listed.lowerBound, listed.upperBound)
                } else {
                    [RoundOutline]()
                }
            let isWaiting = transcript.discussion.status == .waiting
            let listed = ListedRounds(
                transcript: transcript,
                newest: newest,
                outlines: outlines,
                failure: isWaiting ? try reader.findStandingFailure(of: id)?.message : nil,
                views: transcript.files.isEmpty ? [] : try reader.listFileViews(of: id)
            )
            return Reading(value: listed, standing: standing)
        }
        guard let found else { throw Problem.discussionNotFound }
        return found
    }
}
