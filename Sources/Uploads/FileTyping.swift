import Domain
import Foundation

/// Tells a file's type by its content; its name has a say only among kinds of text.
enum FileTyping {
    /// Enough for every signature.
    private static let beginning = 64

    /// What is known of a file's content.
    struct Found: Equatable {
        let type: FileType
        /// Of text: its length in Unicode scalars.
        let characters: Int
    }

    /// - Returns: nil for a type that is not taken.
    static func find(_ file: TemporaryFile, name: String) throws -> Found? {
        let first = try file.read(at: 0, length: beginning)
        if let type = signature(first) { return Found(type: type, characters: 0) }
        guard let characters = try textLength(file), characters > 0 else { return nil }
        return Found(type: kindOfText(name), characters: characters)
    }

    static func signature(_ bytes: [UInt8]) -> FileType? {
        func starts(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
        if starts("%PDF-") { return .pdf }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if starts("GIF87a") || starts("GIF89a") { return .gif }
        if starts("RIFF"), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        return nil
    }

    /// Whatever the name says, nothing is done with such a file but to show its text.
    private static func kindOfText(_ name: String) -> FileType {
        let name = name.lowercased()
        if name.hasSuffix(".md") || name.hasSuffix(".markdown") { return .markdown }
        if name.hasSuffix(".csv") { return .csv }
        return .text
    }

    /// The number of scalars of a file that is UTF-8 text throughout; nil for any other.
    private static func textLength(_ file: TemporaryFile) throws -> Int? {
        var characters = 0
        var rest: [UInt8] = []
        var at = 0
        while at < file.size {
            let piece = try file.read(at: at, length: TemporaryFile.pieceLength)
            guard !piece.isEmpty else { return nil }
            at += piece.count
            guard !piece.contains(where: isControl) else { return nil }
            let bytes = rest + piece
            let whole = at < file.size ? wholeScalars(bytes) : bytes.count
            guard let text = String(validating: bytes[..<whole], as: UTF8.self) else { return nil }
            characters += text.unicodeScalars.count
            rest = Array(bytes[whole...])
        }
        return characters
    }

    /// Signs that no text has; a terminal's log may have escapes.
    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && !(0x09...0x0D).contains(byte) && byte != 0x1B
    }

    /// How many of the bytes are whole scalars: the last one may be cut.
    private static func wholeScalars(_ bytes: [UInt8]) -> Int {
        for back in 1...min(4, bytes.count) {
            let lead = bytes[bytes.count - back]
            // A byte of ASCII, or the second to fourth of a scalar.
            if lead & 0x80 == 0 { return bytes.count - back + 1 }
            if lead & 0xC0 == 0x80 { continue }
            let length = lead & 0xE0 == 0xC0 ? 2 : lead & 0xF0 == 0xE0 ? 3 : 4
            return back >= length ? bytes.count : bytes.count - back
        }
        return bytes.count
    }
}
