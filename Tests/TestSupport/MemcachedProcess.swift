import Foundation
import Glibc

/// A memcached of a test's own, on a unix socket, which can be frozen, killed and flushed.
package actor MemcachedProcess {
    package struct CannotStart: Error {}

    /// What it was asked, and what it had said of it when it fell silent.
    package struct NoAnswer: Error {
        let words: String
        let answer: String
    }

    /// Its crawler does one thing at a time, also of its own accord.
    private static let busy = "BUSY currently processing crawler request\r\n"

    /// The whole place; short, since a socket's path has 107 bytes.
    private nonisolated let directory: String
    package nonisolated var socket: String { "\(directory)/memcached.sock" }
    private var process: ChildProcess?

    private let options: [String]

    package init(_ options: [String] = []) throws {
        self.options = options
        directory = "/tmp/parley-mc-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    }

    /// Starts it, unless it runs, and waits until it answers.
    package func start() async throws {
        guard process == nil else { return }
        unlink(socket)
        // As root it refuses to run unless it is told to.
        let user = getuid() == 0 ? ["-u", "root"] : []
        process = try ChildProcess(
            "/usr/bin/memcached",
            ["-s", socket, "-m", "64", "-t", "2"] + options + user,
            environment: ["PATH": "/usr/bin:/bin"],
            output: "\(directory)/log"
        )
        for _ in 0..<2_000 {
            if (try? talk("version\r\n", until: "\r\n")) != nil { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw CannotStart()
    }

    /// Returns when none of its threads does anything any more.
    package func freeze() async throws {
        guard let process else { return }
        try await TestSupport.freeze(process.pid)
    }

    package func thaw() { process?.signal(SIGCONT) }

    package func kill() async {
        process?.signal(SIGKILL)
        await process?.exited()
        process = nil
    }

    package func flush() { _ = try? talk("flush_all\r\n", until: "OK\r\n") }

    /// Every key that it has a value for, as it tells itself.
    package func keys() async throws -> Set<String> {
        var dump = Self.busy
        while dump == Self.busy {
            try await Task.sleep(for: .milliseconds(1))
            dump = try talk("lru_crawler metadump all\r\n", until: "END\r\n", Self.busy)
        }
        return Set(
            dump.split(separator: "\r\n").flatMap { $0.split(separator: "\n") }.compactMap { line in
                line.hasPrefix("key=") ? String(line.dropFirst(4).prefix { $0 != " " }) : nil
            }
        )
    }

    /// One of its own numbers.
    package func statistic(_ name: String) throws -> Int? {
        try talk("stats\r\n", until: "END\r\n").split(separator: "\r\n")
            .first { $0.hasPrefix("STAT \(name) ") }
            .flatMap { Int($0.split(separator: " ")[2]) }
    }

    package func remove() async {
        process?.signal(SIGCONT)
        await kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// Says something in memcached's own words, and reads up to the end of its answer.
    private func talk(_ words: String, until ends: String...) throws -> String {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw NoAnswer(words: words, answer: "no socket") }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socket.utf8)) }
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isConnected, write(descriptor, words, words.utf8.count) == words.utf8.count else {
            throw NoAnswer(words: words, answer: "not connected")
        }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !ends.contains(where: { answer.suffix($0.utf8.count).elementsEqual($0.utf8) }) {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                throw NoAnswer(words: words, answer: String(decoding: answer, as: UTF8.self))
            }
            answer += buffer.prefix(count)
        }
        return String(decoding: answer, as: UTF8.self)
    }
}

/// Hands `body` a memcached that runs, and ends it afterwards.
@discardableResult
package func withMemcached<Result>(
    _ options: [String] = [],
    _ body: (MemcachedProcess) async throws -> Result
) async throws -> Result {
    let memcached = try MemcachedProcess(options)
    do {
        try await memcached.start()
        let result = try await body(memcached)
        await memcached.remove()
        return result
    } catch {
        await memcached.remove()
        throw error
    }
}
