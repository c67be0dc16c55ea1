import Cache
import Client
import Domain
import Foundation
import Glibc
import Logging
import Providers
import Scanning
import Support

/// Who Parley talks to.
extension Check {
    /// Loading the official signatures takes 10 s or more.
    private static let scannerTime = Duration.seconds(60)
    private static let nginxTime = Duration.seconds(5)

    static func memcached(_ settings: Settings) async -> Finding {
        let name = "memcached"
        guard !settings.memcachedServers.isEmpty else {
            return .warn(
                name,
                "MEMCACHED_SERVERS is not set",
                "pages are right without it, only slower; install memcached"
            )
        }
        guard let servers = MemcachedServer.list(settings.memcachedServers),
            let cache = DiscussionCache(servers: servers, build: "check")
        else {
            return .fail(
                name,
                "\"\(settings.memcachedServers)\" names no server",
                "set MEMCACHED_SERVERS to host:port or a path"
            )
        }
        switch await cache.reachability() {
        case .up: return .ok(name, "answers at \(settings.memcachedServers)")
        case .down(let reason):
            return .warn(
                name,
                "\(settings.memcachedServers): \(reason.lowercased())",
                "start memcached; until then pages are as right, only slower"
            )
        }
    }

    static func scanner(_ settings: Settings) async -> Finding {
        let name = "scanner"
        let remedy =
            "install clamav-freshclam and let it fetch signatures, or point CLAMAV_HOST or CLAMAV_SOCKET to a clamd"
        // Of its own, so that the running server's is left alone.
        let temporary = NSTemporaryDirectory() + "parley-check-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: temporary) }
        let silent = Logger(label: "parley") { _ in SwiftLogNoOpLogHandler() }
        guard let scanner = try? settings.scanner(logger: silent, temporary: temporary) else {
            return .fail(
                name,
                "there is no room for its temporary files",
                "make \(NSTemporaryDirectory()) writable"
            )
        }
        guard scanner.isOn else {
            return .warn(name, scanner.report.detail, "set ENABLE_VIRUS_SCAN=true")
        }
        let watching = Task { await scanner.watch() }
        let deadline = ContinuousClock.now + scannerTime
        while scanner.isStarting, .now < deadline { try? await Task.sleep(for: .milliseconds(50)) }
        let report = scanner.report
        watching.cancel()
        await scanner.close()
        return switch report.status {
        case .ok: .ok(name, report.detail)
        case .degraded: .warn(name, report.detail, remedy)
        case .down: .fail(name, report.detail, remedy)
        }
    }

    static func providers(_ settings: Settings, _ way: NetworkSettings.Way) async -> [Finding] {
        let client = ProviderClient(proxy: way.proxy, roots: way.roots)
        let providers = settings.providers.guarded(by: client)
        var findings: [Finding] = []
        for provider in providers {
            await provider.probe(ifIdleFor: .zero)
            let state = provider.state
            let name = "provider \(provider.id.rawValue)"
            if let failure = state.lastFailure {
                findings.append(
                    .warn(name, failure.sentence, "the others of the chain speak for it meanwhile")
                )
            } else {
                findings.append(.ok(name, "answers; its model is \(state.model)"))
            }
        }
        try? await client.shutdown()
        if findings.allSatisfy({ $0.status != .ok }) {
            let why = findings.isEmpty ? "none is configured" : "none of them answers"
            let key =
                "set GROQ_API_KEY, MISTRAL_API_KEY, OPENROUTER_API_KEY or LOCAL_LLM_BASE_URL, and look at the network"
            findings.append(.fail("providers", "\(why): no discussion can be started", key))
        }
        return findings
    }

    static func socket(_ settings: Settings) -> Finding {
        let name = "socket"
        let path = settings.fastCGISocket
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return .fail(
                name,
                "\(path) is too long for a socket's path",
                "set FASTCGI_SOCKET to one of at most 107 bytes"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let connected = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                pointer.baseAddress.map { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
                    ?? -1
            }
        }
        guard connected == 0 else {
            let why = String(cString: strerror(errno)).lowercased()
            return .fail(
                name,
                "\(path): \(why)",
                "start the server (`parley serve`, `systemctl start parley.socket`)"
            )
        }
        return .ok(name, "somebody listens at \(path)")
    }

    static func nginx(_ settings: Settings) async -> Finding {
        let name = "nginx"
        let base = settings.publicAddress?.url ?? "http://127.0.0.1:\(settings.localPort)/"
        guard let address = try? SiteAddress(base) else { return .fail(name, base, "set PUBLIC_URL") }
        let site = ParleySite(address: address)
        let answer = await site.health(within: nginxTime)
        try? await site.shutdown()
        return switch answer {
        case .status(let code) where code == 200 || code == 503:
            .ok(name, "passes \(base)health on to Parley")
        case .status(let code):
            .fail(
                name,
                "\(base)health is answered with \(code)",
                "include nginx/parley.conf in the server for this name, and set PUBLIC_URL to the address that people see"
            )
        case .none(let reason):
            .fail(
                name,
                "\(base)health: \(reason)",
                "start nginx, or set PUBLIC_URL to the address that people see; a certificate of the house needs its authority in this machine (update-ca-certificates)"
            )
        }
    }
}
