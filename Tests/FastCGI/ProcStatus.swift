import Foundation

/// A number from this process's /proc/self/status.
func procStatus(_ name: String) -> Int? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    return status.split(separator: "\n")
        .first { $0.hasPrefix(name + ":") }
        .flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }
        .flatMap { Int($0) }
}

/// A server's ends of the connections at its socket, and while it listens that one: they bear its path.
func openSockets(at path: String) throws -> Int {
    try String(contentsOfFile: "/proc/net/unix", encoding: .utf8).split(separator: "\n")
        .count { $0.hasSuffix(" \(path)") }
}
