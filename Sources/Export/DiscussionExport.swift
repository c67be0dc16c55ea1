package import Domain
package import Foundation

/// `export.json`: everything that is kept of a discussion, in a form that it can be restored from.
///
/// The contract's keys stand in it as in the discussion's own JSON; what else is kept stands beside them
/// (docs/EXPORT.md). Where both tell the same, reading goes by the complete one.
package enum DiscussionExport {
    package static let format = "parley-discussion"
    /// Raised when a reader of the old form could no longer read the new one.
    package static let version = 1

    /// Why a file is not a discussion; in a person's words.
    package struct Unreadable: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package static func data(_ record: DiscussionRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.dateEncodingStrategy = .custom { date, encoder in try date.iso8601.encode(to: encoder) }
        return try encoder.encode(DiscussionParts(record)) + [0x0A]
    }

    /// - Throws: ``Unreadable``.
    package static func read(_ data: Data) throws(Unreadable) -> DiscussionRecord {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let date = Date(iso8601: try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an instant")
            }
            return date
        }
        struct Head: Decodable {
            let format: String
            let formatVersion: Int
        }
        do {
            let head = try decoder.decode(Head.self, from: data)
            guard head.format == format else {
                throw Unreadable(description: "it is not a discussion's export, but \"\(head.format)\"")
            }
            guard head.formatVersion == version else {
                throw Unreadable(
                    description: "its format version is \(head.formatVersion); this Parley reads \(version)"
                )
            }
            return try decoder.decode(DiscussionParts.self, from: data).record
        } catch let fault as Unreadable {
            throw fault
        } catch DecodingError.keyNotFound(let key, _) {
            throw Unreadable(description: "\"\(key.stringValue)\" is missing in it")
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            throw Unreadable(description: "it is not whole JSON; perhaps it was cut off")
        } catch DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context)
        {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Unreadable(description: "\"\(path)\" in it cannot be read")
        } catch {
            throw Unreadable(description: "it cannot be read")
        }
    }
}
