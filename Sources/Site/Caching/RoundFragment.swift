import Cache
import Crypto
import Domain
import Foundation

/// A round as a page shows it, rendered once: by what it is called in the cache.
struct RoundFragment: Codable, Sendable {
    /// All that the rendering goes by; the template and the rest of the build are in the cache's keys.
    private struct Content: Encodable {
        let outline: RoundOutline
        let round: Round?
        let panel: Int
        /// Tells where the site lies, which stands in every link.
        let link: String
    }

    let place: String
    let content: String

    /// - Parameter round: the round with its words, if it is shown open.
    init(_ outline: RoundOutline, _ round: Round?, of discussion: DiscussionID, panel: Int) throws {
        place = "\(outline.number)\(round == nil ? "" : " open")"
        let encoder = JSONEncoder()
        // Else the order of keys is another in each process.
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(
            Content(
                outline: outline,
                round: round,
                panel: panel,
                link: Links.round(outline.number, of: discussion)
            )
        )
        content = Data(SHA256.hash(data: data)).base64EncodedString()
    }

    var name: DiscussionCache.RoundName { .init(place: place, content: content) }
}
