internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A response's head as CGI writes it: `Status: 200 OK` and the fields.
enum ResponseHead {
    private static let bytesOfUsualHead = 512

    /// HTTPTypes lets no CR, LF or NUL into a value, so no field can add another.
    static func encode(_ response: Response) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: bytesOfUsualHead)
        buffer.writeString("Status: \(response.status.code) \(response.status.reasonPhrase)\r\n")
        for field in response.headers {
            buffer.writeString(field.name.rawName)
            buffer.writeString(": ")
            field.withUnsafeBytesOfValue { _ = buffer.writeBytes($0) }
            buffer.writeString("\r\n")
        }
        buffer.writeString("\r\n")
        return buffer
    }

    /// HEAD, 204 and 304 have no body, whatever the response holds (RFC 9110, section 6.4.1).
    static func hasBody(_ response: Response, toHead isHead: Bool) -> Bool {
        !isHead && response.status != .noContent && response.status != .notModified
    }
}
