import Domain
import Foundation
import Testing

@testable import Providers

@Suite("The body of a chat request")
struct ChatRequestBodyTests {
    static func endpoint(_ id: ProviderID, model: String? = nil, fallbacks: [String] = []) -> ProviderEndpoint
    {
        ProviderEndpoint(
            id: id,
            baseURL: "http://localhost/v1//",
            apiKey: nil,
            model: model ?? Vendor.of(id).defaultModel ?? "local",
            fallbackModels: fallbacks
        )
    }

    static let question = ChatRequest(
        messages: [
            ChatMessage(role: .system, content: "Be \"brief\"\n\u{0}"),
            ChatMessage(role: .user, content: "Hi 👋"),
        ],
        maxTokens: 99
    )

    func object(_ request: ChatRequest, _ endpoint: ProviderEndpoint) throws -> NSDictionary {
        let json = try ChatRequestBody.json(request, to: endpoint)
        return try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary)
    }

    @Test("speaks each vendor's dialect", arguments: ProviderID.allCases)
    func dialects(id: ProviderID) throws {
        let endpoint = Self.endpoint(id)
        var expected: [String: Any] = [
            "model": endpoint.model, "stream": true,
            "messages": [
                ["role": "system", "content": "Be \"brief\"\n\u{0}"], ["role": "user", "content": "Hi 👋"],
            ],
        ]
        expected[id == .groq ? "max_completion_tokens" : "max_tokens"] = 99
        if id != .mistral { expected["stream_options"] = ["include_usage": true] }
        if id == .groq { expected["reasoning_effort"] = "low" }
        if id == .openrouter { expected["reasoning"] = ["effort": "low"] }
        #expect(try object(Self.question, endpoint) == expected as NSDictionary)
    }

    @Test("shows pictures after the words, as data")
    func pictures() throws {
        let message = ChatMessage(
            role: .user,
            content: "What is this?",
            pictures: [ChatPicture(type: "image/png", base64: "AQID")]
        )
        let body = try object(ChatRequest(messages: [message], maxTokens: 9), Self.endpoint(.groq))
        let expected: [[String: Any]] = [
            [
                "role": "user",
                "content": [
                    ["type": "text", "text": "What is this?"],
                    ["type": "image_url", "image_url": ["url": "data:image/png;base64,AQID"]],
                ],
            ]
        ]
        #expect(body["messages"] as? NSArray == expected as NSArray)
    }

    @Test("asks a Groq model for short thoughts only if it knows the word")
    func otherGroqModel() throws {
        #expect(try object(Self.question, Self.endpoint(.groq, model: "other"))["reasoning_effort"] == nil)
    }

    @Test("gives OpenRouter, and nobody else, the fallback models")
    func fallbackModels() throws {
        let models = ["a/b", "c/d"]
        let openRouter = try object(Self.question, Self.endpoint(.openrouter, fallbacks: models))
        #expect(openRouter["models"] as? [String] == models)
        #expect(try object(Self.question, Self.endpoint(.groq, fallbacks: models))["models"] == nil)
    }

    @Test("carries temperature and format")
    func options() throws {
        var request = Self.question
        request.temperature = 0.5
        request.responseFormat = .jsonObject
        let body = try object(request, Self.endpoint(.local))
        #expect(body["temperature"] as? Double == 0.5)
        #expect(body["response_format"] as? NSDictionary == ["type": "json_object"])
    }

    @Test("sends a schema with its fields in their order")
    func schema() throws {
        var request = Self.question
        let schema = #"{"type":"object","properties":{"zebra":{},"apple":{},"mango":{}}}"#
        request.responseFormat = .jsonSchema(name: "verdict", schema: schema)
        let json = try ChatRequestBody.json(request, to: Self.endpoint(.local))
        #expect(json.contains(schema))
        let format = try object(request, Self.endpoint(.local))["response_format"] as? NSDictionary
        let inner = try #require(format?["json_schema"] as? NSDictionary)
        #expect(inner["name"] as? String == "verdict")
        #expect(inner["strict"] as? Bool == true)
    }

    @Test("goes to the base URL without its last slashes")
    func slashes() {
        #expect(Self.endpoint(.local).baseURL == "http://localhost/v1")
    }
}
