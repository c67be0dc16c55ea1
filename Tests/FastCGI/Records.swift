/// FastCGI records, made by hand so that they can also be wrong.
enum Records {
    static let beginRequest: UInt8 = 1
    static let abortRequest: UInt8 = 2
    static let endRequest: UInt8 = 3
    static let parameters: UInt8 = 4
    static let standardInput: UInt8 = 5
    static let standardOutput: UInt8 = 6
    static let getValues: UInt8 = 9

    static func record(
        _ type: UInt8,
        _ content: [UInt8] = [],
        id: UInt16 = 1,
        padding: Int = 0,
        version: UInt8 = 1
    ) -> [UInt8] {
        [
            version, type, UInt8(id >> 8), UInt8(id & 0xff), UInt8(content.count >> 8),
            UInt8(content.count & 0xff),
            UInt8(padding), 0,
        ] + content + [UInt8](repeating: 0xee, count: padding)
    }

    static func begin(id: UInt16 = 1, role: UInt8 = 1, keep: Bool = true) -> [UInt8] {
        record(beginRequest, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0], id: id)
    }

    static func pair(_ name: String, _ value: String) -> [UInt8] {
        pair(Array(name.utf8), Array(value.utf8))
    }

    static func pair(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        length(name.count) + length(value.count) + name + value
    }

    static func length(_ count: Int) -> [UInt8] {
        count < 128
            ? [UInt8(count)]
            : [
                UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff),
                UInt8(count & 0xff),
            ]
    }

    /// A stream in records of at most `size` bytes, with its end.
    static func stream(_ type: UInt8, _ content: [UInt8], id: UInt16 = 1, size: Int = 32_768) -> [UInt8] {
        var records: [UInt8] = []
        var rest = content[...]
        while !rest.isEmpty {
            records += record(type, Array(rest.prefix(size)), id: id, padding: rest.count % 8)
            rest = rest.dropFirst(size)
        }
        return records + record(type, id: id)
    }

    static func head(
        _ path: String = "/",
        method: String = "GET",
        keep: Bool = true,
        id: UInt16 = 1,
        length: String? = nil,
        also: [(String, String)] = []
    ) -> [UInt8] {
        var pairs = [("REQUEST_METHOD", method), ("REQUEST_URI", path), ("HTTP_HOST", "parley.example")]
        if let length { pairs.append(("CONTENT_LENGTH", length)) }
        return begin(id: id, keep: keep)
            + stream(parameters, (pairs + also).flatMap { pair($0.0, $0.1) }, id: id)
    }

    static func get(_ path: String = "/", keep: Bool = true, id: UInt16 = 1) -> [UInt8] {
        head(path, keep: keep, id: id) + record(standardInput, id: id)
    }

    static func post(_ path: String, _ body: [UInt8], length: String? = nil) -> [UInt8] {
        head(path, method: "POST", length: length ?? String(body.count)) + stream(standardInput, body)
    }
}
