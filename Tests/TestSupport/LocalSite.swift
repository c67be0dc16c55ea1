package import AsyncHTTPClient
import Foundation
import NIOHTTPCompression
import Synchronization

/// A whole site as `make run` starts it: nginx, memcached and the responder, in a directory of its own.
package final class LocalSite: Sendable {
    package struct DidNotStart: Error, CustomStringConvertible {
        package let description: String
    }

    package let baseURL: String
    package let directory: String
    /// Never follows redirects: tests look at them.
    package let http: HTTPClient

    private let script: ChildProcess

    /// Starts the site and waits until a discussion can be started.
    ///
    /// - Parameters:
    ///   - environment: settings beside the usual ones of tests.
    ///   - directory: of an earlier site, to go on with its data; else a fresh one.
    package init(
        provider: ScriptedProvider,
        environment: [String: String] = [:],
        directory: String? = nil
    ) async throws {
        let root = Self.repository
        let place = try directory ?? Self.freshDirectory()
        let port = try Self.freePort()
        var variables = ProcessInfo.processInfo.environment
        for name in ["MISTRAL_API_KEY", "GROQ_API_KEY", "OPENROUTER_API_KEY"] { variables[name] = nil }
        variables["PARLEY_BINARY"] = root + "/.build/debug/parley"
        variables["PARLEY_VAR"] = place
        // A test does in a minute what a person does in a day.
        for name in ["START", "COMMANDS", "UPLOADS"] { variables["RATE_LIMIT_\(name)"] = "1000000" }
        variables["PARLEY_HTTP_PORT"] = String(port)
        variables["PARLEY_HTTPS_PORT"] = String(try Self.freePort())
        variables["DATA_DIR"] = place + "/data"
        variables["LOCAL_LLM_BASE_URL"] = provider.baseURL
        variables["LOCAL_LLM_MODEL"] = "scripted"
        variables["LOG_LEVEL"] = "debug"
        for (name, value) in environment { variables[name] = value }
        let output = place + "/run.out"
        script = try ChildProcess(root + "/tools/run", environment: variables, output: output)
        baseURL = "http://127.0.0.1:\(port)"
        self.directory = place
        while true {
            let said = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            if said.contains("Parley is ready") { break }
            guard script.exitCode == nil else { throw DidNotStart(description: said) }
            try await Task.sleep(for: .milliseconds(20))
        }
        // Last, since a client must be shut down before it goes, also when the site did not start.
        http = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup,
            configuration: .init(
                redirectConfiguration: .disallow,
                decompression: .enabled(limit: .none)
            )
        )
    }

    /// Runs `body` with a site of its own and stops it whatever happens.
    package static func with<Value>(
        provider: ScriptedProvider,
        environment: [String: String] = [:],
        _ body: (LocalSite) async throws -> Value
    ) async throws -> Value {
        try await Turnstile.sites.enter()
        defer { Turnstile.sites.leave() }
        let site = try await LocalSite(provider: provider, environment: environment)
        do {
            let value = try await body(site)
            try await site.stop()
            return value
        } catch {
            try await site.stop()
            throw error
        }
    }

    /// Stops what was started; the directory goes too.
    package func stop() async throws {
        try await http.shutdown()
        script.signal(SIGTERM)
        await script.exited()
        try FileManager.default.removeItem(atPath: directory)
    }

    /// The process that answers, told by its command line among the script's children.
    package var responder: Int32? {
        Self.descendants(of: script.pid).first { pid in
            let line = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(pid)/cmdline"))) ?? Data()
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.first?.hasSuffix("/parley") == true && words.last == "serve"
        }
    }

    /// What a process says of itself in /proc, such as its threads.
    package static func status(of pid: Int32, _ field: String) -> Int? {
        let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix(field + ":") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    private static func descendants(of pid: Int32) -> [Int32] {
        let children = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        return children.flatMap { task -> [Int32] in
            let text = try? String(contentsOfFile: "/proc/\(pid)/task/\(task)/children", encoding: .utf8)
            return (text ?? "").split(separator: " ").compactMap { Int32($0) }
                .flatMap { [$0] + descendants(of: $0) }
        }
    }

    private static var repository: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }

    private static func freshDirectory() throws -> String {
        let path = NSTemporaryDirectory() + "parley-site-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static let given = Mutex(Set<Int>())

    /// A port that nothing listens on, from the range that the system does not hand out by itself.
    private static func freePort() throws -> Int {
        for _ in 0..<200 {
            let port = Int.random(in: 20_000...31_000)
            // Two sites that start at once must not find the same one free.
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound == 0 { return port }
        }
        throw DidNotStart(description: "no free port")
    }
}
