import Domain
import Testing

@testable import Providers

@Suite("The chat stream decoder")
struct ChatStreamDecoderTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let events: [String]
        let text: String
        let end: Result<ChatCompletion, ProviderError>
        var testDescription: String { name }

        init(_ name: String, _ events: [String], text: String, _ completion: ChatCompletion) {
            (self.name, self.events, self.text, end) = (name, events, text, .success(completion))
        }

        init(_ name: String, _ events: [String], text: String = "", fault: ProviderError.Fault) {
            (self.name, self.events, self.text) = (name, events, text)
            end = .failure(ProviderError(provider: .groq, fault: fault))
        }
    }

    static let hello = #"{"model":"m-1","choices":[{"delta":{"content":"Hello"}}]}"#
    static let stop = #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#
    static let usage = #"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}"#
    static let counted = TokenUsage(promptTokens: 12, completionTokens: 3)

    static func complete(
        _ reason: FinishReason = .stop,
        usage: TokenUsage? = nil,
        model: String = "m-1"
    ) -> ChatCompletion {
        ChatCompletion(finishReason: reason, usage: usage, model: model)
    }

    static let table: [Case] = [
        Case("a whole stream", [hello, stop, usage, "[DONE]"], text: "Hello", complete(usage: counted)),
        Case(
            "line ends of every kind, also across two chunks",
            [
                #"{"model":"m-1","choices":[{"delta":{"content":"a\r"}}]}"#,
                #"{"choices":[{"delta":{"content":"\nb\r\rc\r\n"}}]}"#, stop,
            ],
            text: "a\nb\n\nc\n",
            complete()
        ),
        Case("no [DONE]", [hello, stop, usage], text: "Hello", complete(usage: counted)),
        Case("no usage", [hello, stop, "[DONE]"], text: "Hello", complete()),
        Case("[DONE] without a reason", [hello, "[DONE]"], text: "Hello", complete()),
        Case(
            "what follows [DONE] is not read",
            [hello, "[DONE]", "garbage", hello],
            text: "Hello",
            complete()
        ),
        Case(
            "a role chunk with null content",
            [
                #"{"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#, hello,
                stop,
            ],
            text: "Hello",
            complete()
        ),
        Case("empty data", ["", hello, " ", stop], text: "Hello", complete()),
        Case(
            "usage in the last chunk with a choice",
            [
                hello,
                #"{"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}],"#
                    + #""usage":{"prompt_tokens":12,"total_tokens":15,"completion_tokens":3}}"#,
            ],
            text: "Hello!",
            complete(usage: counted)
        ),
        Case(
            "usage in Groq's corner",
            [hello, #"{"choices":[],"x_groq":{"usage":{"prompt_tokens":12,"completion_tokens":3}}}"#, stop],
            text: "Hello",
            complete(usage: counted)
        ),
        Case("a null usage", [#"{"choices":[],"usage":null}"#, hello, stop], text: "Hello", complete()),
        Case(
            "a usage of another shape",
            [#"{"choices":[],"usage":"x"}"#, hello, stop],
            text: "Hello",
            complete()
        ),
        Case("a null error", [#"{"choices":[],"error":null}"#, hello, stop], text: "Hello", complete()),
        Case(
            "cut at the length limit",
            [hello, #"{"choices":[{"delta":{},"finish_reason":"length"}]}"#, "[DONE]"],
            text: "Hello",
            complete(.length)
        ),
        Case(
            "another reason",
            [hello, #"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#],
            text: "Hello",
            complete(.other("content_filter"))
        ),
        Case(
            "content in parts, thoughts unspoken",
            [
                #"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]}"#,
                #"{"choices":[{"delta":{"content":[{"type":"text","text":"Hi"},{"type":"text","text":"!"}]}}]}"#,
                stop,
            ],
            text: "Hi!",
            complete(model: "asked-for")
        ),
        Case(
            "thoughts beside the content",
            [#"{"choices":[{"delta":{"content":"","reasoning":"hm"}}]}"#, hello, stop],
            text: "Hello",
            complete()
        ),
        Case(
            "a model's name with control characters",
            [#"{"model":"m\u0000\n-1","choices":[{"delta":{"content":"Hello"}}]}"#, stop],
            text: "Hello",
            complete()
        ),
        Case("cut off in the middle", [hello, hello], text: "HelloHello", fault: .cutOff),
        Case("nothing at all", [], fault: .malformed(.notAStream)),
        Case("an empty answer", [stop, "[DONE]"], fault: .emptyAnswer),
        Case(
            "all tokens spent on thinking",
            [#"{"choices":[{"delta":{"reasoning":"hm"},"finish_reason":"length"}]}"#, "[DONE]"],
            fault: .emptyAnswer
        ),
        Case("no JSON", [hello, "{oops"], text: "Hello", fault: .malformed(.invalidJSON)),
        Case("JSON of another kind", ["[1]"], fault: .malformed(.invalidJSON)),
        Case(
            "an error in mid-stream with a status",
            [hello, #"{"error":{"code":502,"message":"down"},"choices":[{"finish_reason":"error"}]}"#],
            text: "Hello",
            fault: .unavailable(status: 502, retryAfter: nil)
        ),
        Case(
            "an error in mid-stream without a status",
            [hello, #"{"error":{"type":"server_error","message":"oops"}}"#],
            text: "Hello",
            fault: .unavailable(status: 500, retryAfter: nil)
        ),
        Case(
            "a rate limit in mid-stream",
            [hello, #"{"error":{"code":"429","message":"slow down"}}"#],
            text: "Hello",
            fault: .rateLimited(retryAfter: nil)
        ),
        Case("an error as text", [#"{"error":"oops"}"#], fault: .unavailable(status: 500, retryAfter: nil)),
        Case(
            "an overflow in mid-stream",
            [#"{"error":{"code":400,"type":"exceed_context_size_error","message":"the request exceeds"}}"#],
            fault: .contextOverflow(nil)
        ),
        Case(
            "Mistral's bare error",
            [#"{"object":"error","message":"Service tier","type":"x","code":"3505"}"#],
            fault: .unavailable(status: 500, retryAfter: nil)
        ),
        Case(
            "a reason of error and nothing more",
            [hello, #"{"choices":[{"delta":{},"finish_reason":"error"}]}"#],
            text: "Hello",
            fault: .unavailable(status: 500, retryAfter: nil)
        ),
    ]

    @Test("reads what servers send", arguments: table)
    func stream(_ example: Case) {
        var decoder = ChatStreamDecoder(provider: .groq, requestedModel: "asked-for")
        var text = ""
        let end = Result { () throws(ProviderError) in
            for event in example.events { text += try decoder.text(from: ServerSentEvent(data: event)) ?? "" }
            return try decoder.completion()
        }
        #expect(text == example.text)
        #expect(end == example.end)
    }

    @Test("takes the torn half of an event at the end for a cut, not for an answer")
    func tornEnd() throws {
        var decoder = ChatStreamDecoder(provider: .groq, requestedModel: "m")
        #expect(try decoder.text(from: ServerSentEvent(data: Self.hello)) == "Hello")
        let torn = ServerSentEvent(data: String(Self.hello.dropLast(9)))
        #expect(try decoder.lastText(from: torn) == nil)
        #expect(throws: ProviderError(provider: .groq, fault: .cutOff)) { try decoder.completion() }
    }

    @Test("refuses an answer that never ends")
    func endlessAnswer() {
        var decoder = ChatStreamDecoder(provider: .groq, requestedModel: "m")
        let text = String(repeating: "x", count: 65_536)
        let event = ServerSentEvent(data: #"{"choices":[{"delta":{"content":"\#(text)"}}]}"#)
        #expect(throws: ProviderError(provider: .groq, fault: .malformed(.tooLarge))) {
            for _ in 0..<20 { _ = try decoder.text(from: event) }
        }
    }
}
