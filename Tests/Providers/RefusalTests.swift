import Foundation
import Testing

@testable import Providers

@Suite("What a refusal means")
struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        let body: String
        let fault: ProviderError.Fault
        var testDescription: String { "\(status) \(body.prefix(60))" }

        init(_ status: Int, _ body: String, _ fault: ProviderError.Fault) {
            (self.status, self.body, self.fault) = (status, body, fault)
        }
    }

    static let table: [Case] = [
        Case(
            400,
            #"{"error":{"message":"no","code":"bad_thing"}}"#,
            .rejected(status: 400, code: "bad_thing")
        ),
        Case(400, "not JSON", .rejected(status: 400, code: nil)),
        Case(400, "", .rejected(status: 400, code: nil)),
        Case(401, #"{"error":{"message":"Invalid API Key","code":"invalid_api_key"}}"#, .unauthorized),
        Case(402, #"{"error":{"code":402,"message":"Insufficient credits"}}"#, .unpaid),
        Case(403, #"{"error":{"code":403,"message":"flagged"}}"#, .forbidden),
        Case(
            404,
            #"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
            .unknownModel
        ),
        Case(404, #"{"error":{"message":"No endpoints found for x/y.","code":404}}"#, .unknownModel),
        Case(404, #"{"error":{"message":"model \"x\" not found, try pulling it first"}}"#, .unknownModel),
        Case(404, "<h1>Not Found</h1>", .wrongAddress),
        Case(405, "", .wrongAddress),
        Case(302, "", .wrongAddress),
        Case(400, #"{"error":{"message":"gone","code":"model_decommissioned"}}"#, .unknownModel),
        Case(400, #"{"error":{"message":"x/y is not a valid model ID","code":400}}"#, .unknownModel),
        Case(
            400,
            #"{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}"#,
            .unknownModel
        ),
        Case(
            400,
            #"{"error":{"code":400,"type":"exceed_context_size_error","message":"…"}}"#,
            .contextOverflow(nil)
        ),
        Case(
            400,
            #"{"error":{"message":"Please reduce the length of the messages"}}"#,
            .contextOverflow(nil)
        ),
        Case(
            400,
            #"{"error":{"message":"This model's maximum context length is 8192 tokens"}}"#,
            .contextOverflow(nil)
        ),
        Case(
            400,
            #"{"object":"error","message":"Prompt contains 66385 tokens, too large for model"}"#,
            .contextOverflow(nil)
        ),
        Case(413, "", .contextOverflow(nil)),
        Case(400, #"{"error":{"message":"model does not support `response_format`"}}"#, .formatRefused),
        Case(422, #"{"detail":[{"loc":["body","response_format","json_schema"]}]}"#, .formatRefused),
        Case(408, "", .unavailable(status: 408, retryAfter: .seconds(7))),
        Case(409, "", .unavailable(status: 409, retryAfter: .seconds(7))),
        Case(429, "", .rateLimited(retryAfter: .seconds(7))),
        Case(429, #"{"error":{"code":"insufficient_quota","message":"…"}}"#, .unpaid),
        Case(500, #"{"error":{"message":"oops"}}"#, .unavailable(status: 500, retryAfter: .seconds(7))),
        Case(
            503,
            #"{"error":{"message":"Loading model"}}"#,
            .unavailable(status: 503, retryAfter: .seconds(7))
        ),
        Case(529, "", .unavailable(status: 529, retryAfter: .seconds(7))),
        Case(418, #"{"error":{"type":"teapot"}}"#, .rejected(status: 418, code: "teapot")),
        Case(418, #"{"error":{"code":"has spaces <b>"}}"#, .rejected(status: 418, code: nil)),
    ]

    @Test("is known by its status and the vendor's words", arguments: table)
    func meaning(_ example: Case) {
        let refusal = Refusal(body: example.body)
        #expect(refusal.fault(status: example.status, retryAfter: .seconds(7)) == example.fault)
    }

    @Test("never repeats the key, even as a code")
    func keyAsCode() {
        let body = #"{"error":{"code":"gsk_secret_123"}}"#
        let expected = ProviderError.Fault.rejected(status: 418, code: nil)
        #expect(Refusal(body: body, key: APIKey("gsk_secret_123")).fault(status: 418) == expected)
        #expect(Refusal(body: body, key: APIKey("xx-gsk_secret_123-yy")).fault(status: 418) == expected)
    }

    @Test(
        "reads Retry-After in seconds and as a date",
        arguments: [
            ("7", Duration.seconds(7)), ("0", .zero), (" 2 ", .seconds(2)), ("1.5", .seconds(1.5)),
            ("-3", .zero), ("1e300", .seconds(86_400)), ("soon", nil), ("", nil), ("nan", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
            ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
        ] as [(String, Duration?)]
    )
    func retryAfter(value: String, pause: Duration?) {
        let now = Date(timeIntervalSince1970: 784_111_740)
        #expect(RetryAfter.duration(value, now: now) == pause)
    }
}
