import Domain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Uploads

/// The fields of a POST, whichever way they were sent.
///
/// Read here and not by a decoder, because a field that is no UTF-8 must come back to the person's
/// form with what can be read of it.
struct Form {
    /// Enough for the answers to five questions, 5,000 scalars of four bytes each, percent-encoded.
    static let longestBody = 512 << 10

    private var fields: [String: [[UInt8]]] = [:]
    /// The body, where it was JSON: for fields that are more than text.
    private(set) var json: Data?
    /// Files that came with it; nothing has looked into them yet.
    private(set) var received: [ReceivedFile] = []
    /// Why its files cannot be taken.
    private(set) var filesRefused: FilesRefused?

    /// Reads the body.
    ///
    /// - Parameter uploads: takes in what comes by multipart/form-data; nil: such bodies are not read.
    /// - Throws: ``Problem`` for a body that is too large, is in no encoding we read, or is no JSON object.
    init(_ request: Request, _ uploads: Uploads?) async throws {
        if let uploads, let type = request.headers[.contentType],
            type.lowercased().hasPrefix("multipart/form-data")
        {
            try await receive(request, uploads, type)
            return
        }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Self.longestBody)
        } catch is NIOTooManyBytesError {
            throw Self.tooMuchText
        } catch {
            throw BodyBroken(error)
        }
        let type = request.headers[.contentType]?.lowercased() ?? "application/x-www-form-urlencoded"
        if type.hasPrefix("application/x-www-form-urlencoded") {
            fields = Self.parse(encoded: Array(buffer.readableBytesView))
        } else if type.hasPrefix("application/json") {
            let body = Data(buffer.readableBytesView)
            fields = try Self.parse(json: body)
            json = body
        } else {
            throw Problem.invalid(
                "body",
                "Please send the form as application/x-www-form-urlencoded, multipart/form-data or application/json."
            )
        }
    }

    private static let tooMuchText = Problem.invalid(
        "body",
        "That is more text than a form takes. Please shorten it."
    )

    private mutating func receive(_ request: Request, _ uploads: Uploads, _ type: String) async throws {
        guard let boundary = Boundary.find(inContentType: type) else {
            throw Problem.invalid("body", "The form names no boundary between its fields.")
        }
        do {
            let form = try await uploads.receive(request.body, boundary: boundary)
            for (name, value) in form.fields { fields[name, default: []].append(value) }
            received = form.files
            filesRefused = form.refusal
        } catch is MultipartFault {
            throw Problem.invalid(
                "body",
                "The form cannot be read. Please reload the page and send it again."
            )
        } catch is TextTooLong {
            throw Self.tooMuchText
        }
    }

    /// Whether files came with it, which no page can show again.
    var hadFiles: Bool { !received.isEmpty || filesRefused != nil }

    /// The files of the one field that takes them.
    ///
    /// - Throws: ``FilesRefused``; ``Problem`` for files in any other field.
    func files() throws -> [ReceivedFile] {
        if let filesRefused { throw filesRefused }
        if let stray = received.first(where: { $0.field != "files" }) {
            throw Problem.invalid("files", "“\(stray.name.reveal())” came in a field that takes no files.")
        }
        return received
    }

    /// The field's text; nil if it was not sent.
    ///
    /// - Throws: ``Problem`` if it is not UTF-8.
    func text(_ name: String) throws -> String? {
        try texts(name).last
    }

    /// All texts that were sent under this name.
    func texts(_ name: String) throws -> [String] {
        try (fields[name] ?? []).map { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Problem.invalid(
                    name,
                    "The \(name) is not valid UTF-8. Please type or paste it again."
                )
            }
            return text
        }
    }

    /// A field that is true or false.
    func flag(_ name: String, default fallback: Bool) throws -> Bool {
        switch try text(name) {
        case nil, "": return fallback
        case "true": return true
        case "false": return false
        default: throw Problem.invalid(name, "The \(name) is neither true nor false.")
        }
    }

    /// Everything that the person wrote in words, for a page that has no place for it any more.
    var typedWords: String? {
        let words = names.sorted().filter {
            ["topic", "input", "conclusion"].contains($0) || $0.hasPrefix("t-")
        }
        .map(shown).filter { !$0.allSatisfy(\.isWhitespace) }
        return words.isEmpty ? nil : words.joined(separator: "\n\n")
    }

    /// The fields' names.
    var names: [String] { Array(fields.keys) }

    /// What can be shown of a field again: unreadable bytes and NULs appear as replacement characters.
    func shown(_ name: String) -> String {
        String(decoding: fields[name]?.last ?? [], as: UTF8.self).replacing("\0", with: "\u{FFFD}")
    }

    static func parse(encoded body: [UInt8]) -> [String: [[UInt8]]] {
        var fields: [String: [[UInt8]]] = [:]
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(decoding: percentDecoded(parts[0]), as: UTF8.self)
            fields[name, default: []].append(parts.count > 1 ? percentDecoded(parts[1]) : [])
        }
        return fields
    }

    private static func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var rest = bytes
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                decoded.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), rest.count >= 2,
                let high = hexDigit(rest[rest.startIndex]), let low = hexDigit(rest[rest.startIndex + 1])
            {
                decoded.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }

    /// Digits only: `UInt8(_:radix:)` would take the sign in `%+1` as well.
    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func parse(json: Data) throws -> [String: [[UInt8]]] {
        guard String(validating: json, as: UTF8.self) != nil else {
            throw Problem.invalid("body", "The JSON is not valid UTF-8.")
        }
        guard let object = try? JSONDecoder().decode([String: JSONField].self, from: json) else {
            throw Problem.invalid("body", "The body is not a JSON object.")
        }
        return object.compactMapValues(\.values)
    }
}

/// A value of a JSON command: text, a number, a truth value, null, a list of texts, or more than text.
private struct JSONField: Decodable {
    let values: [[UInt8]]?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            values = nil
        } else if let text = try? container.decode(String.self) {
            values = [Array(text.utf8)]
        } else if let flag = try? container.decode(Bool.self) {
            values = [Array(String(flag).utf8)]
        } else if let number = try? container.decode(Int.self) {
            values = [Array(String(number).utf8)]
        } else {
            // Lists of texts; what is more than that is read from the body itself by whoever knows it.
            values = (try? container.decode([String].self))?.map { Array($0.utf8) }
        }
    }
}
