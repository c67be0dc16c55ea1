import Domain
import Foundation
import Providers
import Support

extension ProviderSettings {
    /// The providers that are configured, each behind its guard.
    func guarded(by client: ProviderClient) -> [GuardedProvider] {
        configured.compactMap { name, provider in
            guard let id = ProviderID(rawValue: name.lowercased()) else { return nil }
            let endpoint = ProviderEndpoint(
                id: id,
                baseURL: provider.baseURL,
                apiKey: APIKey(provider.apiKey.reveal()),
                model: provider.model,
                fallbackModels: id == .openrouter ? openrouterFallbackModels : []
            )
            return GuardedProvider(
                client.provider(endpoint),
                timeout: provider.timeout,
                concurrency: provider.concurrency,
                probe: { await client.probe(endpoint) }
            )
        }
    }
}

extension NetworkSettings {
    /// What stands between this network and the vendors, and whose certificates hold there.
    struct Way {
        let proxy: Proxy?
        let roots: TrustedRoots?
    }

    /// - Throws: `InvalidSetting`.
    var way: Way {
        get throws {
            var proxy: Proxy?
            if !self.proxy.reveal().isEmpty {
                do {
                    proxy = try Proxy(self.proxy.reveal(), except: noProxy)
                } catch {
                    throw InvalidSetting(
                        name: "HTTPS_PROXY",
                        fault: "it is not the address of a proxy",
                        allowed: error.allowed
                    )
                }
            }
            var roots: TrustedRoots?
            if !certificates.isEmpty {
                do {
                    roots = try TrustedRoots(path: certificates)
                } catch {
                    throw InvalidSetting(
                        name: "SSL_CERT_FILE",
                        fault: "\"\(certificates)\" holds no certificate that can be read",
                        allowed: "the path of a file of certificates in PEM"
                    )
                }
            }
            return Way(proxy: proxy, roots: roots)
        }
    }
}
