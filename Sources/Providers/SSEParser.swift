/// One event of a `text/event-stream`.
package struct ServerSentEvent: Sendable, Equatable {
    /// `message` unless the stream named another.
    package let type: String
    package let data: String

    package init(type: String = "message", data: String) {
        self.type = type
        self.data = data
    }
}

/// Turns bytes into events by the rules of the HTML Standard, 9.2.6, wherever the bytes are split.
///
/// `id` and `retry` are read over: they serve reconnecting, and an answer cannot be asked for from its middle.
package struct SSEParser: Sendable {
    /// A line or an event is larger than the parser was allowed to hold.
    package struct TooLarge: Error, Equatable {}

    private let limit: Int
    private var line: [UInt8] = []
    private var isFirstLine = true
    /// A CR ended the last line: a LF that follows belongs to it, even in the next piece.
    private var lastWasCarriageReturn = false
    private var type = ""
    private var data: [UInt8] = []
    private var hasData = false

    /// - Parameter limit: the largest line and the largest event, in bytes. One token takes a few hundred.
    package init(limit: Int = 1 << 18) {
        self.limit = limit
    }

    /// Reads the next bytes and returns the events that they complete.
    package mutating func feed(_ bytes: some Sequence<UInt8>) throws(TooLarge) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            let endsCarriageReturn = lastWasCarriageReturn
            lastWasCarriageReturn = byte == .carriageReturn
            switch byte {
            case .lineFeed where endsCarriageReturn:
                continue
            case .lineFeed, .carriageReturn:
                if let event = try endLine() { events.append(event) }
            default:
                guard line.count < limit else { throw TooLarge() }
                line.append(byte)
            }
        }
        return events
    }

    /// Returns the event that was not yet ended by a blank line when the stream ended.
    ///
    /// The standard drops it. We do not: some servers end with `data: [DONE]` and no line end, and what is
    /// only half an event is no JSON and is refused one step later.
    package mutating func finish() throws(TooLarge) -> ServerSentEvent? {
        if !line.isEmpty, let event = try endLine() { return event }
        return dispatch()
    }

    private mutating func endLine() throws(TooLarge) -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: .colon) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == .space { value = value.dropFirst() }
        // A comment is a field without a name.
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            if hasData { data.append(.lineFeed) }
            data.append(contentsOf: value)
            hasData = true
            guard data.count <= limit else { throw TooLarge() }
        case "event":
            type = String(decoding: value, as: UTF8.self)
        default:
            break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            type = ""
            data.removeAll(keepingCapacity: true)
            hasData = false
        }
        guard hasData else { return nil }
        return ServerSentEvent(
            type: type.isEmpty ? "message" : type,
            data: String(decoding: data, as: UTF8.self)
        )
    }
}

extension UInt8 {
    fileprivate static let lineFeed = UInt8(ascii: "\n")
    fileprivate static let carriageReturn = UInt8(ascii: "\r")
    fileprivate static let colon = UInt8(ascii: ":")
    fileprivate static let space = UInt8(ascii: " ")
}
