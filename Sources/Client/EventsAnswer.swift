import Foundation

/// The answer of a poll: events in order, and the cursor that acknowledges them.
package struct EventsAnswer {
    package let cursor: Int
    package let events: [DiscussionEvent]

    /// The most events that an answer holds; after so many there may be more.
    package static let longest = 1_000

    /// Nil if this is not what a Parley site answers.
    package init?(_ body: [UInt8]) {
        // It decodes, so what follows may rely on well-formed JSON.
        guard let head = try? JSONDecoder().decode(Head.self, from: Data(body)) else { return nil }
        let events = Self.elements(of: "events", in: body).compactMap { DiscussionEvent(json: body[$0]) }
        guard events.count == head.events.count else { return nil }
        cursor = head.cursor
        self.events = events
    }

    private struct Head: Decodable {
        struct Anything: Decodable {
            init(from decoder: any Decoder) throws {}
        }

        let cursor: Int
        let events: [Anything]
    }

    /// Where the elements of the array lie that is the member `key` of the outermost object.
    ///
    /// A decoder would give their values, but not the bytes that were sent.
    static func elements(of key: String, in json: [UInt8]) -> [Range<Int>] {
        let quotedKey = Array("\"\(key)\"".utf8)
        var found: [Range<Int>] = []
        var depth = 0
        /// Where the latest string of the outermost object begins and ends: the member's name, at a `[`.
        var latest = 0..<0
        var isInside = false
        var start: Int?
        var index = 0
        while index < json.count {
            let byte = json[index]
            switch byte {
            case UInt8(ascii: "\""):
                let end = Self.endOfString(at: index, in: json)
                if depth == 1 { latest = index..<end }
                if isInside, depth == 2, start == nil { start = index }
                index = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if isInside, depth == 2, start == nil { start = index }
                if depth == 1, byte == UInt8(ascii: "["), json[latest].elementsEqual(quotedKey) {
                    isInside = true
                }
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if isInside, depth == 1 {
                    if let start { found.append(start..<index) }
                    return found
                }
            case UInt8(ascii: ",") where isInside && depth == 2:
                if let begun = start { found.append(begun..<index) }
                start = nil
            case 0x20, 0x09, 0x0A, 0x0D: break
            default: if isInside, depth == 2, start == nil { start = index }
            }
            index += 1
        }
        return found
    }

    /// The index behind the string's closing quote.
    private static func endOfString(at start: Int, in json: [UInt8]) -> Int {
        var index = start + 1
        while index < json.count {
            switch json[index] {
            case UInt8(ascii: "\\"): index += 2
            case UInt8(ascii: "\""): return index + 1
            default: index += 1
            }
        }
        return json.count
    }
}
