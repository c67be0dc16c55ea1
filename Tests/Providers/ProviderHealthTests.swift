import Domain
import Providers
import TestSupport
import Testing

@Suite("A health probe", .timeLimit(.minutes(5)))
struct ProviderHealthTests {
    @Test("finds a provider up, by listing its models with the key")
    func up() async throws {
        let server = try ScriptedProvider(scripts: [])
        try await withProvider(server) { provider, client in
            #expect(await client.probe(provider.endpoint) == .up)
        }
        let request = try #require(server.requests.first)
        #expect(request.method == "GET")
        #expect(request.path == "/v1/models")
        #expect(request.headers["authorization"] == "Bearer sk-secret-42")
    }

    @Test(
        "tells why a provider is down",
        arguments: [
            (401, .unauthorized), (404, .wrongAddress), (429, .rateLimited(retryAfter: nil)),
            (503, .unavailable(status: 503, retryAfter: nil)),
        ] as [(Int, ProviderError.Fault)]
    )
    func down(status: Int, fault: ProviderError.Fault) async throws {
        let server = try ScriptedProvider(models: nil) { _ in .refusal(status: status) }
        try await withProvider(server) { provider, client in
            let expected = ProviderError(provider: .groq, fault: fault)
            #expect(await client.probe(provider.endpoint) == .down(expected))
        }
    }
}
