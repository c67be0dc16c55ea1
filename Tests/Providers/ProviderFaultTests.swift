import Domain
import Providers
import TestSupport
import Testing

@Suite("A provider that fails", .timeLimit(.minutes(5)))
struct ProviderFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [ScriptedProvider.Step]
        let said: String
        let fault: ProviderError.Fault

        init(
            _ name: String,
            _ steps: [ScriptedProvider.Step],
            said: String = "",
            _ fault: ProviderError.Fault
        ) {
            (testDescription, self.steps, self.said, self.fault) = (name, steps, said, fault)
        }
    }

    /// Longer than a label may be: no resolver is asked, none has to answer.
    static let noName = "\(String(repeating: "x", count: 64)).invalid"
    static let html = "<!doctype html><h1>Welcome to the proxy</h1>"

    static let table: [Case] = [
        Case("401", .refusal(status: 401, message: "Bad key sk-secret-42"), .unauthorized),
        Case("402", .refusal(status: 402), .unpaid),
        Case("403", .refusal(status: 403), .forbidden),
        Case("404 for the model", .refusal(status: 404, code: "model_not_found"), .unknownModel),
        Case("404 for the address", [.reply(status: 404, body: html)], .wrongAddress),
        Case(
            "a redirect",
            [.reply(status: 307, headers: ["Location": "http://127.0.0.1:1/"], body: "")],
            .wrongAddress
        ),
        Case("408", .refusal(status: 408), .unavailable(status: 408, retryAfter: nil)),
        Case("409", .refusal(status: 409), .unavailable(status: 409, retryAfter: nil)),
        Case("429", .refusal(status: 429), .rateLimited(retryAfter: nil)),
        Case(
            "429 with a pause",
            .refusal(status: 429, headers: ["Retry-After": "12"]),
            .rateLimited(retryAfter: .seconds(12))
        ),
        Case("500", .refusal(status: 500), .unavailable(status: 500, retryAfter: nil)),
        Case(
            "503 with a pause",
            .refusal(status: 503, headers: ["Retry-After": "3"]),
            .unavailable(status: 503, retryAfter: .seconds(3))
        ),
        Case("400", .refusal(status: 400, code: "bad_thing"), .rejected(status: 400, code: "bad_thing")),
        Case(
            "400 with the key for a code",
            .refusal(status: 400, code: "sk-secret-42"),
            .rejected(status: 400, code: "invalid_request_error")
        ),
        Case("an overflow", .refusal(status: 400, code: "context_length_exceeded"), .contextOverflow(nil)),
        Case("a format", .refusal(status: 400, message: "no response_format here"), .formatRefused),
        Case(
            "an error's body broken off",
            [.head(status: 500), .text("{\"err"), .reset],
            .unavailable(status: 500, retryAfter: nil)
        ),
        Case(
            "an endless error body",
            [.head(status: 500), .text(String(repeating: "x", count: 100_000)), .hang],
            .unavailable(status: 500, retryAfter: nil)
        ),
        Case(
            "HTML",
            [.reply(status: 200, headers: ["Content-Type": "text/html; charset=utf-8"], body: html)],
            .malformed(.notAStream)
        ),
        Case("HTML that says it is a stream", [.text(html)], .malformed(.notAStream)),
        Case("an empty stream", [.head()], .malformed(.notAStream)),
        Case(
            "JSON instead of a stream",
            [.reply(status: 200, body: #"{"choices":[]}"#)],
            .malformed(.notAStream)
        ),
        Case(
            "an error with status 200",
            .refusal(status: 200, code: "503"),
            .unavailable(status: 503, retryAfter: nil)
        ),
        Case(
            "no JSON in mid-stream",
            [.chunk("One"), .event("{oops")],
            said: "One",
            .malformed(.invalidJSON)
        ),
        Case(
            "a line without end",
            [.chunk("One"), .text("data: \(String(repeating: "x", count: 1 << 19))"), .hang],
            said: "One",
            .malformed(.tooLarge)
        ),
        Case(
            "an error in mid-stream",
            [.chunk("One"), .event(#"{"error":{"code":502,"message":"sk-secret-42"}}"#), .hang],
            said: "One",
            .unavailable(status: 502, retryAfter: nil)
        ),
        Case("the end without a reason", [.role, .chunk("One")], said: "One", .cutOff),
        Case(
            "the end in the middle of an event",
            [.chunk("One"), .text("data: {\"cho")],
            said: "One",
            .cutOff
        ),
        Case("closed in mid-stream", [.chunk("One"), .close], said: "One", .cutOff),
        Case(
            "reset in mid-stream",
            [.chunk("One"), .pause(.milliseconds(50)), .reset],
            said: "One",
            .cutOff
        ),
        Case("closed before the head", [.close], .unreachable(.other)),
        Case("reset before the head", [.reset], .unreachable(.other)),
        Case(
            "no word in the answer",
            [.role, .finish(), .usage(prompt: 3, completion: 0), .done],
            .emptyAnswer
        ),
    ]

    @Test("says how", arguments: table)
    func fault(_ example: Case) async throws {
        let server = try ScriptedProvider(scripts: example.steps)
        try await withProvider(server) { provider, _ in
            let heard = Heard()
            let error = await #expect(throws: ProviderError.self) {
                _ = try await provider.answer(question) { heard.take($0) }
            }
            #expect(error?.fault == example.fault)
            #expect(error?.provider == .groq)
            #expect(heard.text == example.said)
            #expect(server.chats.count == 1)
            for text in [error?.sentence, "\(error as Any)", String(reflecting: error)].compactMap({ $0 }) {
                #expect(!text.contains("secret"))
            }
        }
    }

    @Test("keeps an answer whose connection breaks only after its end", arguments: [true, false])
    func brokenAfterTheEnd(byReset: Bool) async throws {
        // What follows the end is heard before the connection breaks, so the end was.
        let heard = Gate()
        let server = try ScriptedProvider(
            scripts: [.chunk("One"), .finish(), .chunk(" two"), .wait(heard), byReset ? .reset : .close]
        )
        try await withProvider(server) { provider, _ in
            let completion = try await provider.answer(question) { if $0 == " two" { heard.open() } }
            #expect(completion.finishReason == .stop)
        }
    }

    @Test("marks an answer that ran into its length")
    func length() async throws {
        let server = try ScriptedProvider(scripts: .answer("One two", finish: "length"))
        try await withProvider(server) { provider, _ in
            let completion = try await provider.answer(question) { _ in }
            #expect(completion.finishReason == .length)
        }
    }

    @Test(
        "has stalled when not a byte comes",
        arguments: [[.hang], [.head(), .hang], [.chunk("One"), .hang]] as [[ScriptedProvider.Step]]
    )
    func stall(steps: [ScriptedProvider.Step]) async throws {
        let server = try ScriptedProvider(scripts: steps)
        try await withProvider(server, stall: .milliseconds(150)) { provider, _ in
            await #expect(throws: ProviderError(provider: .groq, fault: .stalled)) {
                _ = try await provider.answer(question) { _ in }
            }
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test("has not stalled while comments come")
    func comments() async throws {
        // They go on for longer than the stall limit, which leaves room for a machine that is busy.
        let waiting = (0..<240).flatMap { _ in
            [ScriptedProvider.Step.comment("OPENROUTER PROCESSING"), .pause(.milliseconds(50))]
        }
        let server = try ScriptedProvider(scripts: waiting + .answer("Yes."))
        try await withProvider(server, stall: .seconds(10)) { provider, _ in
            let completion = try await provider.answer(question) { _ in }
            #expect(completion.finishReason == .stop)
        }
    }

    @Test(
        "runs out of time although it goes on talking",
        arguments: [
            [.hang], Array(repeating: [.chunk("x"), .pause(.milliseconds(20))], count: 1_000).flatMap { $0 },
        ] as [[ScriptedProvider.Step]]
    )
    func deadline(steps: [ScriptedProvider.Step]) async throws {
        let server = try ScriptedProvider(scripts: steps)
        try await withProvider(server) { provider, _ in
            let provider = GuardedProvider(provider, timeout: .milliseconds(200), concurrency: 1)
            await #expect(throws: ProviderError(provider: .groq, fault: .timeout)) {
                try await provider.attempts { _ = try await $0.answer(question) { _ in } }
            }
            try await eventually { server.openConnections == 0 || server.chats.isEmpty }
        }
    }

    @Test("is unreachable when nobody listens")
    func refused() async throws {
        let server = try ScriptedProvider(scripts: [])
        server.stop()
        try await withProvider(server) { provider, client in
            let expected = ProviderError(provider: .groq, fault: .unreachable(.refused))
            await #expect(throws: expected) { _ = try await provider.answer(question) { _ in } }
            #expect(await client.probe(provider.endpoint) == .down(expected))
        }
    }

    @Test(
        "is named by what is wrong with its address",
        arguments: [
            ("http://\(noName)/v1", .unreachable(.unknownHost)), ("localhost", .wrongAddress),
            ("", .wrongAddress),
            ("ftp://localhost/v1", .wrongAddress), ("http://", .wrongAddress),
        ] as [(String, ProviderError.Fault)]
    )
    func address(base: String, fault: ProviderError.Fault) async throws {
        let client = ProviderClient()
        let endpoint = ProviderEndpoint(
            id: .local,
            baseURL: base,
            apiKey: nil,
            model: "m"
        )
        await #expect(throws: ProviderError(provider: .local, fault: fault)) {
            _ = try await client.provider(endpoint).answer(question) { _ in }
        }
        try await client.shutdown()
    }

    @Test("is not trusted without TLS where TLS is asked for")
    func insecure() async throws {
        let server = try ScriptedProvider(scripts: .answer("Plainly."))
        let client = ProviderClient()
        let endpoint = ProviderEndpoint(
            id: .local,
            baseURL: server.baseURL.replacing("http:", with: "https:"),
            apiKey: nil,
            model: "m"
        )
        await #expect(throws: ProviderError(provider: .local, fault: .unreachable(.insecure))) {
            _ = try await client.provider(endpoint).answer(question) { _ in }
        }
        try await client.shutdown()
        #expect(server.requests.isEmpty)
    }
}
