/// The eight bytes in front of every FastCGI record.
///
/// Source: FastCGI Specification 1.0, section 3.3.
struct RecordHeader: Equatable {
    /// Bytes of a header on the wire.
    static let length = 8
    /// The only version there is.
    static let version: UInt8 = 1

    /// The record types a web server sends to a responder; all others are refused.
    enum Kind: UInt8 {
        case beginRequest = 1
        case abortRequest = 2
        case parameters = 4
        case standardInput = 5
    }

    var kind: Kind
    var requestID: UInt16
    var contentLength: Int
    var paddingLength: Int

    /// Header, content and padding together.
    var recordLength: Int { Self.length + contentLength + paddingLength }

    /// Reads a header from the first eight bytes.
    ///
    /// Request id 0 marks management records (FCGI_GET_VALUES and unknown types). nginx sends none, and
    /// libfcgi reads their parameters without a bound, so they are refused instead of answered.
    init(_ bytes: some RandomAccessCollection<UInt8>) throws(ProtocolFault) {
        func byte(_ offset: Int) -> UInt8 { bytes[bytes.index(bytes.startIndex, offsetBy: offset)] }
        guard byte(0) == Self.version else { throw .unsupportedVersion(byte(0)) }
        requestID = UInt16(byte(2)) << 8 | UInt16(byte(3))
        guard requestID != 0 else { throw .managementRecord(type: byte(1)) }
        guard let kind = Kind(rawValue: byte(1)) else { throw .unexpectedRecord(type: byte(1)) }
        self.kind = kind
        contentLength = Int(byte(4)) << 8 | Int(byte(5))
        paddingLength = Int(byte(6))
    }
}
