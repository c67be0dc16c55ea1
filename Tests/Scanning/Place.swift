import Foundation
import Glibc
import Testing

@testable import Scanning

/// A directory of a test's own, with signatures that know EICAR and Debian's samples.
struct Place {
    let path: String

    var database: String { path + "/signatures" }
    var temporary: String { path + "/tmp" }

    @discardableResult
    static func with<Result>(_ body: (Place) async throws -> Result) async throws -> Result {
        // Short, for a socket's path has 107 bytes.
        let place = Place(path: "/tmp/parley-scan-" + UUID().uuidString.prefix(8))
        try FileManager.default.createDirectory(atPath: place.database, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: place.path) }
        try place.write("eicar.ndb", Self.eicar)
        try place.write("clam.hdb", "aa15bcf478d165efd2065190eb473bcb:544:Clam-Test-File\n")
        return try await body(place)
    }

    static let eicar = signature("Eicar-Test-Signature")

    /// One that finds EICAR, under a name.
    static func signature(_ name: String) -> String {
        "\(name):0:*:\(Samples.eicar.map { String(format: "%02x", $0) }.joined())\n"
    }

    /// Puts a file of signatures in its place at once, as freshclam does.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: database + "/" + name), options: .atomic)
    }

    func file(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        chmod(file, mode)
        return file
    }
}

extension FileScanner {
    /// Scans bytes by a file without a name.
    func scan(_ content: Data) async throws -> ScanVerdict {
        var template = Array("/tmp/parley-sample-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(&template)
        defer { close(descriptor) }
        let written = content.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == content.count else { throw ScanFailure(message: "not written: \(errno)") }
        let before = lseek(descriptor, 0, SEEK_CUR)
        let verdict = try await scan(descriptor: descriptor, size: content.count)
        // The descriptor is ours, and so is its offset.
        guard lseek(descriptor, 0, SEEK_CUR) == before else {
            throw ScanFailure(message: "the offset was moved")
        }
        return verdict
    }
}

func expect(
    _ engine: some FileScanner,
    _ content: Data,
    is expected: ScanVerdict,
    _ comment: Comment? = nil,
    at place: SourceLocation = #_sourceLocation
) async throws {
    let verdict = try await engine.scan(content)
    #expect(verdict == expected, comment, sourceLocation: place)
}

/// Expects that EICAR is found, under whatever name.
func expectEicar(
    _ engine: some FileScanner,
    _ content: Data = Samples.eicar,
    at place: SourceLocation = #_sourceLocation
) async throws {
    let verdict = try await engine.scan(content)
    guard case .infected = verdict else {
        Issue.record("\(verdict)", sourceLocation: place)
        return
    }
}

/// Waits for a condition.
func eventually(_ seconds: Double = 20, _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
