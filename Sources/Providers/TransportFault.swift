import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix

/// What a failure below HTTP means, before the head of the response and after it.
enum TransportFault {
    static func beforeHead(_ error: any Error, isProxied: Bool = false) -> ProviderError.Fault {
        let fault = direct(error)
        if isProxied, case .unreachable = fault { return .unreachable(.proxy) }
        return fault
    }

    private static func direct(_ error: any Error) -> ProviderError.Fault {
        switch error {
        case let error as HTTPClientError:
            switch error {
            case .readTimeout: .stalled
            case .connectTimeout, .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout:
                .unreachable(.connectTimeout)
            case .deadlineExceeded: .timeout
            case .tlsHandshakeTimeout: .unreachable(.insecure)
            case .invalidURL, .emptyHost, .emptyScheme: .wrongAddress
            // Carries the scheme, so it cannot be matched as it stands.
            case _ where error.shortDescription == HTTPClientError.unsupportedScheme("").shortDescription:
                .wrongAddress
            default: .unreachable(.other)
            }
        case let error as NIOConnectionError:
            // One error an address that the name has; the last says enough.
            error.connectionErrors.last.map { direct($0.error) } ?? .unreachable(.unknownHost)
        case let error as IOError where error.errnoCode == ECONNREFUSED:
            .unreachable(.refused)
        case ChannelError.connectTimeout:
            .unreachable(.connectTimeout)
        // NIOSSL's errors have no common type, and one of BoringSSL's is not worth a dependency.
        case _ where String(reflecting: type(of: error)).contains("SSL"):
            .unreachable(.insecure)
        default:
            .unreachable(.other)
        }
    }

    static func afterHead(_ error: any Error) -> ProviderError.Fault {
        switch error as? HTTPClientError {
        case .readTimeout: .stalled
        case .deadlineExceeded: .timeout
        default: .cutOff
        }
    }
}
