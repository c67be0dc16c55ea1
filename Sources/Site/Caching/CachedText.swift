import Cache
import Domain
import Hummingbird
import NIOCore
import Store

/// A discussion as text, which changes with its version alone, but for the cursor: that is the log's, and goes in
/// anew each time.
struct CachedText: Sendable {
    /// Without the cursor.
    private let bytes: [UInt8]
    /// Where the cursor goes in; nil where the text has none.
    private let cursorAt: Int?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        cursorAt = nil
    }

    /// - Parameter json: JSON with sorted keys, in which nothing that people or models say comes before `cursor`.
    init(json: [UInt8], cursor: Int) throws {
        let name = Array("\"cursor\"".utf8)
        let digits = Array("\(cursor)".utf8)
        guard let found = json.firstRange(of: name),
            let begin = json[found.upperBound...].firstIndex(where: { $0 != 0x20 && $0 != 0x3A }),
            json[begin...].starts(with: digits)
        else { throw NoCursor() }
        bytes = Array(json[..<begin] + json[(begin + digits.count)...])
        cursorAt = begin
    }

    struct NoCursor: Error {}

    func text(cursor: Int) -> ByteBuffer {
        var buffer = ByteBuffer()
        let begin = cursorAt ?? bytes.count
        buffer.writeBytes(bytes[..<begin])
        if cursorAt != nil { buffer.writeString("\(cursor)") }
        buffer.writeBytes(bytes[begin...])
        return buffer
    }

    /// As the cache keeps it: where the cursor goes in, plus one, in 4 bytes, then the text.
    var kept: [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: (cursorAt ?? -1) + 1).bigEndian) { Array($0) } + bytes
    }

    init?(kept: [UInt8]) {
        guard kept.count >= 4 else { return nil }
        let at = kept.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard at <= kept.count - 4 + 1 else { return nil }
        bytes = Array(kept.dropFirst(4))
        cursorAt = at == 0 ? nil : at - 1
    }
}

extension Site {
    /// The discussion, or a part of it, in a form that is the same for everybody.
    ///
    /// - Parameter make: nil where the discussion has no such part.
    func text(
        _ part: String,
        of id: DiscussionID,
        _ context: SiteContext,
        make: @escaping @Sendable (StoreReader, PersonID) throws -> CachedText
    ) async throws -> ByteBuffer {
        let reading = try await read(part, of: id, context, through: texts) { bytes in
            CachedText(kept: bytes)
        } make: { [store, cache] person in
            let reading = try await store.read { reader in
                guard let standing = try reader.findStanding(id, of: person) else {
                    throw Problem.discussionNotFound
                }
                return Reading(value: try make(reader, person), standing: standing)
            }
            cache?.setCachedDiscussion(
                reading.value.kept,
                id: id.rawValue,
                version: reading.standing.version,
                part: Self.cached(part)
            )
            return reading
        }
        return reading.value.text(cursor: reading.standing.cursor)
    }
}
