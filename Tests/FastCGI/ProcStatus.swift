import Foundation

/// A number from this process's /proc/self/status.
func procStatus(_ name: String) -> Int? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    return status.split(separator: "\n")
        .first { $0.hasPrefix(name + ":") }
        .flatMap { $0.split(whereSeparator: \.isWhitespace).dropFirst().first }
        .flatMap { Int($0) }
}

/// Descriptors that are open in this process.
func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}
