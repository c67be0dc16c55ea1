import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1

/// The HTTP client that all providers share.
///
/// Whoever makes it calls `shutdown()` when the last answer is done.
package final class ProviderClient: Sendable {
    /// TCP and TLS together.
    package static let connectTimeout = Duration.seconds(5)
    /// A connection on which not one byte came for so long is dead; a comment line counts as life.
    package static let stallTimeout = Duration.seconds(30)
    /// A health probe is answered within this or it failed.
    package static let probeTimeout = Duration.seconds(5)

    private let direct: HTTPClient
    private let proxied: HTTPClient?
    private let proxy: Proxy?

    /// - Parameters:
    ///   - proxy: what stands between this network and the vendors; nil: nothing.
    ///   - roots: the authorities to trust; nil: the system's.
    ///   - stall: shorter only in tests.
    package init(
        proxy: Proxy? = nil,
        roots: TrustedRoots? = nil,
        stall: Duration = ProviderClient.stallTimeout
    ) {
        var settings = HTTPClient.Configuration(
            // A redirect would carry people's words to an address that nobody configured.
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(Self.connectTimeout), read: TimeAmount(stall))
        )
        // One answer a connection: a broken one cuts off a single voice, and cancelling closes it.
        settings.httpVersion = .http1Only
        // Every answer holds its connection until its last token; the default of 8 would make the ninth wait.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1_000
        settings.connectionPool.idleTimeout = .seconds(30)
        // Retries are the caller's business: it counts them, and may rather ask another provider.
        settings.connectionPool.retryConnectionEstablishment = false
        settings.tlsConfiguration = roots?.tls
        self.proxy = proxy
        direct = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: settings)
        settings.proxy = proxy?.setting
        proxied = proxy.map { _ in
            HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: settings)
        }
    }

    private func http(for url: String) -> HTTPClient {
        guard let proxied, proxy?.serves(url) == true else { return direct }
        return proxied
    }

    /// A provider that talks through this client.
    package func provider(_ endpoint: ProviderEndpoint) -> OpenAICompatibleProvider {
        OpenAICompatibleProvider(endpoint: endpoint, http: http(for: endpoint.baseURL))
    }

    /// Whether a provider can be reached and accepts the key.
    ///
    /// Found out by listing its models, or by what else costs nothing and proves the key. Callers keep the
    /// result for a while: vendors count these requests too.
    package func probe(_ endpoint: ProviderEndpoint) async -> ProviderHealth {
        let request = HTTPClientRequest(
            url: endpoint.baseURL + Vendor.of(endpoint.id).probePath,
            endpoint: endpoint
        )
        do {
            let deadline = NIODeadline.now() + TimeAmount(Self.probeTimeout)
            let response = try await http(for: endpoint.baseURL).execute(request, deadline: deadline)
            let status = Int(response.status.code)
            guard !(200..<300).contains(status) else { return .up }
            // Without its body a 404 cannot mean the model.
            return .down(ProviderError(provider: endpoint.id, fault: Refusal(body: "").fault(status: status)))
        } catch {
            return .down(ProviderError(provider: endpoint.id, fault: TransportFault.beforeHead(error)))
        }
    }

    /// Ends what is still running and closes all connections.
    package func shutdown() async throws {
        try await direct.shutdown()
        try await proxied?.shutdown()
    }
}
