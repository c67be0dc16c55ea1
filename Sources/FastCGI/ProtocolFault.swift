/// Why a connection was ended: what the peer sent is not the FastCGI that we speak.
enum ProtocolFault: Error, Equatable, CustomStringConvertible {
    case unsupportedVersion(UInt8)
    case managementRecord(type: UInt8)
    case unexpectedRecord(type: UInt8)
    case malformedBeginRequest
    case unsupportedRole(UInt16)
    case otherRequestID(expected: UInt16, got: UInt16)
    case headTooLarge(limit: Int)
    case malformedParameters
    case incompleteHead
    case headTimeout
    case abortedByPeer
    case refusedByLibrary

    var description: String {
        switch self {
        case .unsupportedVersion(let version): "FastCGI version \(version) is not 1"
        case .managementRecord(let type): "management record of type \(type)"
        case .unexpectedRecord(let type): "unexpected record of type \(type)"
        case .malformedBeginRequest: "malformed begin record"
        case .unsupportedRole(let role): "role \(role) is not responder"
        case .otherRequestID(let expected, let got): "record for request \(got) within request \(expected)"
        case .headTooLarge(let limit): "parameters larger than \(limit) bytes"
        case .malformedParameters: "malformed parameters"
        case .incompleteHead: "end of stream within the parameters"
        case .headTimeout: "parameters did not arrive in time"
        case .abortedByPeer: "request aborted by the peer"
        case .refusedByLibrary: "libfcgi refused the parameters"
        }
    }
}
