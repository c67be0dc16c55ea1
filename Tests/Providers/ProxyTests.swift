import Domain
import Foundation
import Providers
import TestSupport
import Testing

@Suite("The way to the vendors", .timeLimit(.minutes(5)))
struct ProxyTests {
    @Test func `a proxy serves https addresses but those that are excepted`() throws {
        let proxy = try Proxy(
            "proxy.example:8080",
            except: "localhost, .corp.example,10.0.0.7 api.test:8443,[::1]"
        )
        for (url, served) in [
            ("https://api.mistral.ai/v1", true), ("http://api.mistral.ai/v1", false),
            ("https://localhost/v1", false), ("https://llm.corp.example/v1", false),
            ("https://corp.example", false), ("https://notcorp.example", true),
            ("https://10.0.0.7:9000/v1", false), ("https://api.test:8443/v1", false),
            ("https://api.test/v1", true), ("https://[::1]:8000/v1", false),
            ("HTTPS://LLM.CORP.EXAMPLE/v1", false),
        ] {
            #expect(proxy.serves(url) == served, "\(url)")
        }
        #expect(!(try Proxy("http://p:1", except: "*")).serves("https://api.mistral.ai"))
    }

    @Test(
        arguments: [
            "https://proxy.example", "ftp://p", "http://", "", "http://:80", "proxy:port", "proxy:0",
            "http://name@proxy", "socks5://name:word@proxy", "http://a b:80", "http://proxy/path",
        ]
    )
    func `an address that is no proxy's is refused`(address: String) {
        #expect(throws: Proxy.Invalid.self) { _ = try Proxy(address, except: "") }
    }

    @Test func `requests to vendors go through the proxy, as a tunnel, with its password`() async throws {
        // It answers CONNECT like any other request: with a refusal, which is seen as such.
        let server = try ScriptedProvider(scripts: [])
        let port = try #require(server.baseURL.split(separator: ":").last?.prefix { $0.isNumber })
        let client = ProviderClient(
            proxy: try Proxy("http://us%40er:se%3Acret@127.0.0.1:\(port)", except: "")
        )
        let endpoint = ProviderEndpoint(
            id: .groq,
            baseURL: "https://api.groq.test/v1",
            apiKey: APIKey("sk-secret-42"),
            model: "m"
        )
        await #expect(throws: ProviderError.self) {
            _ = try await client.provider(endpoint).answer(question) { _ in }
        }
        try await client.shutdown()
        let connect = try #require(server.requests.first)
        server.stop()
        #expect(connect.method == "CONNECT")
        #expect(connect.path == "api.groq.test:443")
        let credentials = Data("us@er:se:cret".utf8).base64EncodedString()
        #expect(connect.headers["proxy-authorization"] == "Basic \(credentials)")
        // The key is for the vendor alone: nobody between sees it.
        #expect(connect.headers["authorization"] == nil)
    }

    @Test func `a file without certificates is refused`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        #expect(throws: TrustedRoots.Invalid.self) { _ = try TrustedRoots(path: path) }
        try Data("no certificate\n".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: TrustedRoots.Invalid.self) { _ = try TrustedRoots(path: path) }
    }
}
