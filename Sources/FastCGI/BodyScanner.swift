internal import NIOCore

/// Takes a request's STDIN records apart, in bytes that arrive piecemeal; content comes out without a copy.
struct BodyScanner {
    enum Step: Equatable {
        case content(ByteBuffer)
        case needsMore
        case end
    }

    let requestID: UInt16
    private var contentLeft = 0
    private var paddingLeft = 0
    /// An empty record ends the stream, once its padding has passed.
    private var isLastRecord = false
    private(set) var hasEnded = false

    init(requestID: UInt16) {
        self.requestID = requestID
    }

    /// Takes the next step; what stays in `received` after the end belongs to the next request.
    mutating func next(from received: inout ByteBuffer) throws(ProtocolFault) -> Step {
        while !hasEnded {
            if contentLeft > 0 {
                guard let content = received.readSlice(length: min(contentLeft, received.readableBytes)),
                    content.readableBytes > 0
                else { return .needsMore }
                contentLeft -= content.readableBytes
                return .content(content)
            }
            if paddingLeft > 0 {
                let skipped = min(paddingLeft, received.readableBytes)
                received.moveReaderIndex(forwardBy: skipped)
                paddingLeft -= skipped
                guard paddingLeft == 0 else { return .needsMore }
            }
            if isLastRecord {
                hasEnded = true
                return .end
            }
            guard received.readableBytes >= RecordHeader.length else { return .needsMore }
            try open(RecordHeader(received.readableBytesView), in: &received)
        }
        return .end
    }

    private mutating func open(_ header: RecordHeader, in received: inout ByteBuffer) throws(ProtocolFault) {
        guard header.requestID == requestID else {
            throw .otherRequestID(expected: requestID, got: header.requestID)
        }
        switch header.kind {
        case .standardInput: break
        case .abortRequest: throw .abortedByPeer
        case .beginRequest, .parameters: throw .unexpectedRecord(type: header.kind.rawValue)
        }
        received.moveReaderIndex(forwardBy: RecordHeader.length)
        contentLeft = header.contentLength
        paddingLeft = header.paddingLength
        isLastRecord = contentLeft == 0
    }
}
