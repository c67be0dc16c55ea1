import Foundation

/// Finds the JSON object in an answer that has prose or a code fence around it.
enum EmbeddedJSON {
    /// The first balanced `{…}` that is a JSON object.
    static func object(in text: String) -> Data? {
        let bytes = Array(text.utf8)
        var start = bytes.startIndex
        // A few places are enough: an answer that opens more braces before its JSON is no answer.
        for _ in 0..<8 {
            guard let open = bytes[start...].firstIndex(of: UInt8(ascii: "{")) else { return nil }
            if let end = end(of: bytes, from: open) {
                let candidate = Data(bytes[open...end])
                if (try? JSONSerialization.jsonObject(with: candidate)) is [String: Any] { return candidate }
            }
            start = open + 1
        }
        return nil
    }

    /// Where the brace that opens at `open` is closed, strings and escapes respected.
    private static func end(of bytes: [UInt8], from open: Int) -> Int? {
        var depth = 0
        var isString = false
        var isEscaped = false
        for index in open..<bytes.count {
            let byte = bytes[index]
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isString = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return index }
            default: break
            }
        }
        return nil
    }
}
