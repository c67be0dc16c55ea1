/// Finds the end of a request's head (BEGIN_REQUEST, PARAMS, empty PARAMS) in bytes that arrive piecemeal.
///
/// libfcgi gets only heads that passed here. It ends the whole process when a parameter claims 2 GB (its
/// allocator asserts), and it would block a thread for as long as a peer takes to send the rest.
/// Complete records are looked at once: feeding single bytes stays linear.
struct HeadScanner {
    /// A complete head, ready for libfcgi.
    struct Head: Equatable {
        var length: Int
        var requestID: UInt16
        var keepsConnection: Bool
    }

    private static let beginLength = 8
    private static let responder: UInt16 = 1
    private static let keepConnectionFlag: UInt8 = 1

    /// Bytes a whole head may have, record headers and padding included.
    let limit: Int
    private var scanned = 0
    private var head: Head?
    private var parameters: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Looks at all bytes since the head's first; returns nil while the head is incomplete.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(ProtocolFault) -> Head? {
        while bytes.count - scanned >= RecordHeader.length {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[scanned...])
            let header = try RecordHeader(rest)
            guard scanned + header.recordLength <= limit else { throw .headTooLarge(limit: limit) }
            try check(header)
            guard rest.count >= header.recordLength else { return nil }
            let content = UnsafeRawBufferPointer(
                rebasing: rest[RecordHeader.length..<RecordHeader.length + header.contentLength]
            )
            scanned += header.recordLength
            if let complete = try take(header, content) { return complete }
        }
        return nil
    }

    /// Refuses what can be refused before the record's content has arrived.
    private func check(_ header: RecordHeader) throws(ProtocolFault) {
        guard let head else {
            guard header.kind == .beginRequest else { throw .unexpectedRecord(type: header.kind.rawValue) }
            guard header.contentLength == Self.beginLength else { throw .malformedBeginRequest }
            return
        }
        guard header.requestID == head.requestID else {
            throw .otherRequestID(expected: head.requestID, got: header.requestID)
        }
        switch header.kind {
        case .parameters: return
        case .abortRequest: throw .abortedByPeer
        case .beginRequest, .standardInput: throw .unexpectedRecord(type: header.kind.rawValue)
        }
    }

    private mutating func take(
        _ header: RecordHeader,
        _ content: UnsafeRawBufferPointer
    ) throws(ProtocolFault) -> Head? {
        if header.kind == .beginRequest {
            let role = UInt16(content[0]) << 8 | UInt16(content[1])
            guard role == Self.responder else { throw .unsupportedRole(role) }
            let keeps = content[2] & Self.keepConnectionFlag != 0
            head = Head(length: 0, requestID: header.requestID, keepsConnection: keeps)
            return nil
        }
        guard content.isEmpty else {
            parameters.append(contentsOf: content)
            return nil
        }
        try ParameterCheck.check(parameters)
        head?.length = scanned
        return head
    }
}
