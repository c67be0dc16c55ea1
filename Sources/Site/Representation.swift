import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// JSON when the Accept header asks for it, or when the body is JSON and no page is asked for.
    var wantsJSON: Bool {
        let accept = headers[.accept]?.lowercased() ?? ""
        if accept.contains("application/json") { return true }
        return headers[.contentType]?.lowercased().hasPrefix("application/json") == true
            && !accept.contains("text/html")
    }
}

extension Response {
    /// Only our own files, forms and frames; no script runs that is not ours, none inline.
    private static let contentSecurityPolicy =
        "default-src 'self'; frame-src 'self'; frame-ancestors 'self'; form-action 'self'; "
        + "base-uri 'none'; object-src 'none'"

    static func html(_ html: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: headers(type: "text/html; charset=utf-8"),
            body: ResponseBody(byteBuffer: ByteBuffer(string: html))
        )
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        text(ByteBuffer(bytes: try jsonBytes(value)), type: "application/json", status: status)
    }

    static func jsonBytes(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value)) + [0x0A]
    }

    static func text(_ text: ByteBuffer, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: headers(type: type), body: ResponseBody(byteBuffer: text))
    }

    /// See other: what a form is answered with once its command is acknowledged.
    static func seeOther(_ location: String) -> Response {
        var headers = headers(type: "text/plain; charset=utf-8")
        headers[.location] = location
        return Response(status: .seeOther, headers: headers)
    }

    /// With these headers in place of its own.
    func with(_ headers: HTTPFields) -> Response {
        var response = self
        for header in headers { response.headers[header.name] = header.value }
        return response
    }

    /// The headers of everything that Site answers.
    ///
    /// What people said stays out of shared caches.
    static func headers(type: String) -> HTTPFields {
        [
            .contentType: type,
            .cacheControl: "private, no-cache",
            .contentSecurityPolicy: contentSecurityPolicy,
        ]
    }
}
