import Glibc

/// Reads multipart/form-data (RFC 7578) as it arrives: bytes in, parts out, no I/O.
///
/// It holds a part's head, or as many bytes as may be the beginning of a boundary, and nothing else.
package struct MultipartParser {
    package enum Event: Sendable, Equatable {
        case part(PartHead)
        /// A piece of the part's content.
        case content(ArraySlice<UInt8>)
        /// The part is complete.
        case end
    }

    package struct Limits: Sendable {
        /// The answers to five questions with twelve options each, and room for files.
        package var parts = 200
        /// Bytes of a part's head; browsers send under 300 beside the file's name.
        package var head = 8_192
        /// Lines of a part's head; browsers send two.
        package var headLines = 16
        /// Bytes of a field's name.
        package var name = 256
        /// Bytes before the first boundary; browsers send none.
        package var preamble = 1_024
        /// Blanks between a boundary and its line's end, which no browser sends.
        package var padding = 64

        package init() {}
    }

    private enum State {
        case preamble
        case head
        case content
        /// Right after what may be a boundary: the line's end, or two hyphens, make it one.
        case boundary(isFirst: Bool)
        case epilogue
    }

    private let delimiter: [UInt8]
    private let limits: Limits
    private var state = State.preamble
    /// What has come and cannot be told apart yet.
    private var pending: [UInt8] = Array("\r\n".utf8)
    private var parts = 0
    private var preamble = 0

    /// - Parameter boundary: as the Content-Type names it.
    package init(boundary: String, limits: Limits = .init()) {
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.limits = limits
    }

    /// Takes the next bytes.
    ///
    /// - Throws: ``MultipartFault``; nothing may be fed after it.
    package mutating func feed(_ bytes: some Sequence<UInt8>) throws(MultipartFault) -> [Event] {
        var data = pending
        data.append(contentsOf: bytes)
        pending = []
        var events: [Event] = []
        var at = 0
        while at < data.count {
            let next: Int?
            switch state {
            case .preamble: next = try skipPreamble(data, from: at)
            case .content: next = readContent(data, from: at, &events)
            case .boundary(let isFirst): next = try readBoundary(data, from: at, isFirst, &events)
            case .head: next = try readHead(data, from: at, &events)
            case .epilogue: return events
            }
            guard let next else { break }
            at = next
        }
        return events
    }

    /// The body has ended.
    package func finish() throws(MultipartFault) {
        guard case .epilogue = state else { throw .incomplete }
    }

    private mutating func skipPreamble(_ data: [UInt8], from start: Int) throws(MultipartFault) -> Int? {
        let found = find(in: data, from: start)
        preamble += found.contentEnd - start
        guard preamble <= limits.preamble else { throw .malformed("it does not begin with its boundary") }
        if found.isComplete { state = .boundary(isFirst: true) }
        return go(on: found, data)
    }

    private mutating func readContent(_ data: [UInt8], from start: Int, _ events: inout [Event]) -> Int? {
        let found = find(in: data, from: start)
        add(data[start..<found.contentEnd], to: &events)
        if found.isComplete { state = .boundary(isFirst: false) }
        return go(on: found, data)
    }

    private mutating func go(on found: (contentEnd: Int, isComplete: Bool), _ data: [UInt8]) -> Int? {
        guard found.isComplete else {
            pending = Array(data[found.contentEnd...])
            return nil
        }
        return found.contentEnd + delimiter.count
    }

    /// Where the content ends: at a whole boundary, at what may be the beginning of one, or with the data.
    private func find(in data: [UInt8], from start: Int) -> (contentEnd: Int, isComplete: Bool) {
        data.withUnsafeBytes { bytes in
            var at = start
            while let cr = Self.find(0x0D, in: bytes, from: at) {
                var matched = 1
                while matched < delimiter.count, cr + matched < bytes.count,
                    bytes[cr + matched] == delimiter[matched]
                { matched += 1 }
                if matched == delimiter.count { return (cr, true) }
                if cr + matched == bytes.count { return (cr, false) }
                at = cr + 1
            }
            return (bytes.count, false)
        }
    }

    /// By the C library: every byte of every file is looked at here.
    private static func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress else { return nil }
        return memchr(base + start, Int32(byte), bytes.count - start).map { UnsafeRawPointer($0) - base }
    }

    private mutating func readBoundary(
        _ data: [UInt8],
        from start: Int,
        _ isFirst: Bool,
        _ events: inout [Event]
    ) throws(MultipartFault) -> Int? {
        var at = start
        if data[at] == UInt8(ascii: "-") {
            guard at + 1 < data.count else {
                pending = Array(data[start...])
                return nil
            }
            if data[at + 1] == UInt8(ascii: "-") {
                if !isFirst { events.append(.end) }
                state = .epilogue
                return at + 2
            }
        }
        while at < data.count, at - start < limits.padding, data[at] == 0x20 || data[at] == 0x09 { at += 1 }
        let line = data[at...].prefix(2)
        if line.elementsEqual([0x0D, 0x0A]) {
            if !isFirst { events.append(.end) }
            parts += 1
            guard parts <= limits.parts else { throw .tooManyParts(limits.parts) }
            state = .head
            return at + 2
        }
        if line.isEmpty || line.elementsEqual([0x0D]) {
            pending = Array(data[start...])
            return nil
        }
        // The boundary is the beginning of something longer: content like any other.
        if isFirst {
            state = .preamble
            preamble += delimiter.count
        } else {
            state = .content
            add(delimiter[...], to: &events)
        }
        return start
    }

    /// Content that follows content is one piece with it.
    ///
    /// Whoever sends thousands of beginnings of boundaries costs one write to the disk, not thousands.
    private func add(_ bytes: ArraySlice<UInt8>, to events: inout [Event]) {
        guard !bytes.isEmpty else { return }
        guard case .content(var joined) = events.last else {
            events.append(.content(bytes))
            return
        }
        // Taken out before it grows, so that it is not copied each time.
        events.removeLast()
        joined += bytes
        events.append(.content(joined))
    }

    private mutating func readHead(
        _ data: [UInt8],
        from start: Int,
        _ events: inout [Event]
    ) throws(MultipartFault) -> Int? {
        let blank: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
        let window = data[start...].prefix(limits.head + blank.count)
        guard let end = window.indices.first(where: { window[$0...].starts(with: blank) }) else {
            guard window.count < limits.head + blank.count else { throw .headTooLong(limits.head) }
            pending = Array(window)
            return nil
        }
        events.append(.part(try PartHead(data[start..<end], limits)))
        state = .content
        return end + blank.count
    }
}

/// Why a body is not read as a form.
package enum MultipartFault: Error, Equatable {
    case malformed(String)
    case headTooLong(Int)
    case nameTooLong(Int)
    case tooManyParts(Int)
    /// It ended before its last boundary.
    case incomplete
}
