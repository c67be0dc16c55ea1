import Foundation
import Glibc
import Synchronization
import TestSupport

@testable import Scanning

/// Both engines, as they are.
enum Engines: String, CaseIterable, Sendable {
    case libclamav, clamd

    @discardableResult
    func with<Result>(_ body: (any ScanEngine) async throws -> Result) async throws -> Result {
        try await Place.with { place in
            switch self {
            case .libclamav: try await withScanProcess(place) { try await body($0) }
            case .clamd:
                try await withClamd(place) { address in try await body(Scanning.Clamd(at: address)) }
            }
        }
    }
}

/// Beside the tests, where the build puts it.
let parleyScan: String =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path + "/.build/debug/parley-scan"

@discardableResult
func withScanProcess<Result>(
    _ place: Place,
    program: String = parleyScan,
    _ change: (inout ScanProcess.Limits) -> Void = { _ in },
    _ body: (ScanProcess) async throws -> Result
) async throws -> Result {
    var limits = ScanProcess.Limits()
    limits.look = .milliseconds(20)
    change(&limits)
    let engine = try ScanProcess(
        program: program,
        database: place.database,
        temporary: place.temporary,
        limits: limits
    )
    do {
        let result = try await body(engine)
        await engine.close()
        return result
    } catch {
        await engine.close()
        throw error
    }
}

extension ScanProcess {
    /// The running process, once its signatures are loaded.
    func pid() async throws -> Int32 {
        var pid: Int32 = 0
        guard
            try await eventually(
                30,
                {
                    pid = state.withLock { $0.child?.pid ?? 0 }
                    return pid != 0
                }
            )
        else { throw ScanFailure(message: "it does not get ready: \(condition)") }
        return pid
    }
}

/// What docs/decisions/0062 says that an operator should set.
let clamdThatRefuses = """
    AlertExceedsMax yes
    MaxScanSize 200M
    MaxFileSize 256M
    """

/// A clamd of the test's own, on a unix socket unless told otherwise.
@discardableResult
func withClamd<Result>(
    _ place: Place,
    port: Int? = nil,
    configuration: String = clamdThatRefuses,
    _ body: (ClamdAddress) async throws -> Result
) async throws -> Result {
    let (child, address) = try await startClamd(place, port: port, configuration: configuration)
    do {
        let result = try await body(address)
        child.signal(SIGKILL)
        await child.exited()
        return result
    } catch {
        child.signal(SIGKILL)
        await child.exited()
        throw error
    }
}

func startClamd(
    _ place: Place,
    port: Int? = nil,
    configuration: String = clamdThatRefuses
) async throws -> (ChildProcess, ClamdAddress) {
    let child = try spawnClamd(place, port: port, configuration: configuration)
    let address = port.map { ClamdAddress.tcp("localhost", $0) } ?? .unix(place.path + "/clamd")
    let engine = Clamd(at: address)
    let isThere = try await eventually(30) {
        await engine.look()
        if case .ready = engine.condition { return true }
        return child.exitCode != nil
    }
    guard isThere, child.exitCode == nil else {
        let said = (try? String(contentsOfFile: place.path + "/clamd.log", encoding: .utf8)) ?? ""
        throw ScanFailure(message: "clamd does not start: \(engine.condition) \(said)")
    }
    return (child, address)
}

/// Starts one, and does not wait for it.
func spawnClamd(_ place: Place, port: Int? = nil, configuration: String) throws -> ChildProcess {
    let listen = port.map { "TCPSocket \($0)\nTCPAddr 127.0.0.1" } ?? "LocalSocket \(place.path)/clamd"
    let file = try place.file(
        "clamd.conf",
        """
        \(listen)
        DatabaseDirectory \(place.database)
        TemporaryDirectory \(place.path)
        Foreground yes
        \(configuration)

        """
    )
    return try ChildProcess(
        "/usr/sbin/clamd",
        ["--config-file=" + file],
        environment: [:],
        output: place.path + "/clamd.log"
    )
}

/// A port that nobody listens on.
func freePort() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            _ = bind(descriptor, $0, length)
            _ = getsockname(descriptor, $0, &length)
        }
    }
    return Int(UInt16(bigEndian: address.sin_port))
}
