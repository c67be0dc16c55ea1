internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A response's head as CGI writes it: `Status: 200 OK` and the fields.
enum ResponseHead {
    private static let bytesOfUsualHead = 512

    /// HTTPTypes lets no CR, LF or NUL into a value, so no field can add another.
    static func encode(_ response: Response) -> ByteBuffer {
        var buffer = encodeOpen(response.status, response.headers)
        buffer.writeString("\r\n")
        return buffer
    }

    /// The head of an answer whose body comes later: without its length, and without its end.
    static func encodeOpen(_ response: Response) -> ByteBuffer {
        var headers = response.headers
        // Hummingbird has put in that of the body that is left out.
        headers[.contentLength] = nil
        return encodeOpen(response.status, headers)
    }

    /// Such a head with its body.
    static func join(_ head: ByteBuffer, _ body: ByteBuffer) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(
            capacity: head.readableBytes + body.readableBytes + lengthOfLength
        )
        buffer.writeImmutableBuffer(head)
        buffer.writeString("Content-Length: \(body.readableBytes)\r\n\r\n")
        buffer.writeImmutableBuffer(body)
        return buffer
    }

    private static let lengthOfLength = 48

    private static func encodeOpen(_ status: HTTPResponse.Status, _ headers: HTTPFields) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: bytesOfUsualHead)
        buffer.writeString("Status: \(status.code) \(status.reasonPhrase)\r\n")
        for field in headers {
            buffer.writeString(field.name.rawName)
            buffer.writeString(": ")
            field.withUnsafeBytesOfValue { _ = buffer.writeBytes($0) }
            buffer.writeString("\r\n")
        }
        return buffer
    }

    /// HEAD, 204 and 304 have no body, whatever the response holds (RFC 9110, section 6.4.1).
    static func hasBody(_ response: Response, toHead isHead: Bool) -> Bool {
        !isHead && response.status != .noContent && response.status != .notModified
    }
}
