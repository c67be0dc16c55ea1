import Domain
import Providers
import Synchronization
import TestSupport
import Testing

/// What a provider said, collected as it came.
final class Heard: Sendable {
    private let pieces = Mutex<[String]>([])

    var all: [String] { pieces.withLock { $0 } }
    var text: String { all.joined() }

    func take(_ piece: String) {
        pieces.withLock { $0.append(piece) }
    }
}

/// A client and an endpoint on a scripted server, all gone when the body returns.
func withProvider<Result>(
    _ server: ScriptedProvider,
    id: ProviderID = .groq,
    stall: Duration = .seconds(30),
    _ body: (OpenAICompatibleProvider, ProviderClient) async throws -> Result
) async throws -> Result {
    let client = ProviderClient(stall: stall)
    let endpoint = ProviderEndpoint(
        id: id,
        baseURL: server.baseURL,
        apiKey: APIKey("sk-secret-42"),
        model: "asked-for"
    )
    let result: Result
    do {
        result = try await body(client.provider(endpoint), client)
    } catch {
        try await client.shutdown()
        server.stop()
        throw error
    }
    try await client.shutdown()
    server.stop()
    return result
}

let question = ChatRequest(messages: [ChatMessage(role: .user, content: "Why?")], maxTokens: 50)

@Suite("A provider", .timeLimit(.minutes(5)))
struct ProviderTests {
    @Test("hands on a stream in order and tells what it knows at the end")
    func wholeStream() async throws {
        let server = try ScriptedProvider(scripts: .answer("One two three é 👋", prompt: 7))
        try await withProvider(server) { provider, _ in
            let heard = Heard()
            let completion = try await provider.answer(question) { heard.take($0) }
            #expect(heard.all == ["One", " two", " three", " é", " 👋"])
            let usage = TokenUsage(promptTokens: 7, completionTokens: 5)
            #expect(completion == ChatCompletion(finishReason: .stop, usage: usage, model: "asked-for"))
        }
    }

    @Test("hands on the first words before the last are sent")
    func streaming() async throws {
        let gate = Gate()
        let server = try ScriptedProvider(
            scripts: [.role, .chunk("First"), .wait(gate), .chunk(" last"), .finish(), .done]
        )
        try await withProvider(server) { provider, _ in
            let heard = Heard()
            async let completion = provider.answer(question) { heard.take($0) }
            try await eventually { heard.text == "First" }
            gate.open()
            #expect(try await completion.finishReason == .stop)
            #expect(heard.text == "First last")
        }
    }

    @Test("reads comments, characters in pieces and carriage returns")
    func awkwardBytes() async throws {
        let event = Array(
            "data: {\"choices\":[{\"delta\":{\"content\":\"é👋\"},\"finish_reason\":\"stop\"}]}\r\r".utf8
        )
        let comment = [ScriptedProvider.Step.comment("OPENROUTER PROCESSING")]
        let server = try ScriptedProvider(
            scripts: comment + event.map { .raw([$0]) } + [.text("data: [DONE]")]
        )
        try await withProvider(server, id: .openrouter) { provider, _ in
            let heard = Heard()
            let completion = try await provider.answer(question) { heard.take($0) }
            #expect(completion.finishReason == .stop)
            #expect(heard.text == "é👋")
        }
    }

    @Test("sends the question, and the key in one header only")
    func request() async throws {
        let server = try ScriptedProvider(scripts: .answer("Yes."))
        try await withProvider(server) { provider, _ in
            _ = try await provider.answer(question) { _ in }
        }
        let request = try #require(server.chats.first)
        #expect(server.chats.count == 1)
        #expect(request.path == "/v1/chat/completions")
        #expect(request.headers["authorization"] == "Bearer sk-secret-42")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers.filter { $0.value.contains("sk-secret-42") }.count == 1)
        #expect(!request.body.contains("sk-secret-42"))
        #expect(request.model == "asked-for")
        #expect(request.messages.map(\.content) == ["Why?"])
    }

    @Test("uses a connection again, although the body ends a little after the last word")
    func keptConnection() async throws {
        let gates = (0..<30).map { _ in Gate() }
        let scripts = gates.map { gate in
            [ScriptedProvider.Step.chunk("Yes."), .finish(), .done, .wait(gate)]
        }
        let served = Mutex(0)
        let server = try ScriptedProvider { _ in
            served.withLock { count in
                defer { count += 1 }
                return scripts[count]
            }
        }
        try await withProvider(server) { provider, _ in
            // One answer may begin before the body of the last has ended; not each of thirty.
            for gate in gates {
                _ = try await provider.answer(question) { _ in }
                gate.open()
            }
            #expect(server.abandoned == 0)
        }
        #expect(Set(server.chats.map(\.connection)).count < gates.count)
    }

    @Test("answers at once although the server keeps the connection open after its last word")
    func lingeringServer() async throws {
        let server = try ScriptedProvider(scripts: [.chunk("Yes."), .finish(), .done, .hang])
        try await withProvider(server) { provider, _ in
            let completion = try await provider.answer(question) { _ in }
            #expect(completion.finishReason == .stop)
        }
    }

    @Test("serves a hundred answers at once")
    func crowd() async throws {
        let gate = Gate()
        let server = try ScriptedProvider { request in
            [.chunk(request.messages.first?.content ?? ""), .wait(gate), .chunk("!"), .finish(), .done]
        }
        try await withProvider(server) { provider, _ in
            let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let message = ChatMessage(role: .user, content: "\(number)")
                        let heard = Heard()
                        let request = ChatRequest(messages: [message], maxTokens: 5)
                        _ = try await provider.answer(request) { heard.take($0) }
                        return (number, heard.text)
                    }
                }
                // Not one of them ends before all have come.
                try await eventually { server.chats.count == 100 }
                gate.open()
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers == Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, "\($0)!") }))
        }
    }

    @Test("passes on the error of whoever listens, and hangs up")
    func listenerFails() async throws {
        struct Full: Error {}
        let server = try ScriptedProvider(scripts: [.chunk("One"), .hang])
        try await withProvider(server) { provider, _ in
            await #expect(throws: Full.self) {
                _ = try await provider.answer(question) { _ in throw Full() }
            }
            try await eventually { server.abandoned == 1 }
        }
    }

    @Test("hangs up when its task is cancelled", arguments: [true, false])
    func cancelled(afterFirstWord: Bool) async throws {
        let server = try ScriptedProvider(scripts: afterFirstWord ? [.chunk("One"), .hang] : [.hang])
        try await withProvider(server) { provider, _ in
            let heard = Heard()
            let answer = Task { try await provider.answer(question) { heard.take($0) } }
            try await eventually { server.chats.count == 1 && (!afterFirstWord || heard.text == "One") }
            answer.cancel()
            await #expect(throws: CancellationError.self) { _ = try await answer.value }
            try await eventually { server.abandoned == 1 && server.openConnections == 0 }
        }
    }
}
