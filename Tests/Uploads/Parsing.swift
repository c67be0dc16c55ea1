import Foundation

@testable import Uploads

/// A part as it came out of a parser.
struct ParsedPart: Equatable {
    var name: String
    var fileName: String?
    var content: [UInt8] = []

    var text: String { String(decoding: content, as: UTF8.self) }
}

/// Feeds the pieces to a parser.
func parse(
    _ pieces: [[UInt8]],
    boundary: String = "XX",
    limits: MultipartParser.Limits = .init()
) throws -> [ParsedPart] {
    var parser = MultipartParser(boundary: boundary, limits: limits)
    var parts: [ParsedPart] = []
    var isOpen = false
    for piece in pieces {
        for event in try parser.feed(piece) {
            switch event {
            case .part(let head):
                precondition(!isOpen)
                isOpen = true
                parts.append(ParsedPart(name: head.name, fileName: head.fileName))
            case .content(let bytes):
                precondition(isOpen && !bytes.isEmpty)
                parts[parts.count - 1].content += bytes
            case .end:
                precondition(isOpen)
                isOpen = false
            }
        }
    }
    try parser.finish()
    return parts
}

func parse(_ text: String, limits: MultipartParser.Limits = .init()) throws -> [ParsedPart] {
    try parse([Array(text.utf8)], limits: limits)
}

/// A form as a browser writes it.
func form(_ parts: [ParsedPart], boundary: String = "XX") -> [UInt8] {
    var body: [UInt8] = []
    for part in parts {
        body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(escaped(part.name))\"".utf8
        if let name = part.fileName {
            body += "; filename=\"\(escaped(name))\"\r\nContent-Type: application/octet-stream".utf8
        }
        body += Array("\r\n\r\n".utf8) + part.content + Array("\r\n".utf8)
    }
    return body + Array("--\(boundary)--\r\n".utf8)
}

private func escaped(_ text: String) -> String {
    text.replacing("\r\n", with: "%0D%0A").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        .replacing("\"", with: "%22")
}
