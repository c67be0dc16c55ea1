import Domain
import Doubles
import Foundation
import Logging
import NIOCore
import Scanning
import Store
import Synchronization

@testable import Uploads

/// Uploads in a directory of their own, beside an empty store.
struct Receiving {
    let uploads: Uploads
    let store: Store
    /// DATA_DIR.
    let path: String
    let log: Lines

    /// What a browser sends, in pieces of 1,000 bytes.
    func receive(_ parts: [ParsedPart]) async throws -> ReceivedForm {
        let bytes = form(parts)
        let (pieces, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        for start in stride(from: 0, to: bytes.count, by: 1_000) {
            continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + 1_000, bytes.count)]))
        }
        continuation.finish()
        return try await uploads.receive(pieces, boundary: "XX")
    }

    func accept(_ files: (name: String, content: [UInt8])...) async throws -> [NewFile] {
        let parts = files.map { ParsedPart(name: "files", fileName: $0.name, content: $0.content) }
        return try await uploads.accept(try await receive(parts).files)
    }

    /// What lies in DATA_DIR once nothing lies there any more, or after a while.
    ///
    /// A temporary file goes with its last reference, and whoever scanned or read it may let go of it just after
    /// the refusal has been told.
    func left() async throws -> [String] {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            let names = try names(in: "files") + names(in: "tmp")
            if names.isEmpty || ContinuousClock.now > end { return names }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The names of the files in a directory under DATA_DIR, of those below it too.
    func names(in directory: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(path)/\(directory)").filter { name in
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(
                atPath: "\(path)/\(directory)/\(name)",
                isDirectory: &isDirectory
            )
            return !isDirectory.boolValue && !name.hasSuffix(".lock")
        }
    }
}

func receiving<Result>(
    _ scan: Uploads.Scan = .by(ScriptedScanner.eicar),
    limits: UploadLimits = .init(),
    _ body: (Receiving) async throws -> Result
) async throws -> Result {
    try await withStore { store in
        let path = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = Lines()
        let uploads = try Uploads(
            dataDirectory: path,
            limits: limits,
            scan: scan,
            logger: Logger(label: "test") { _ in log }
        )
        return try await body(Receiving(uploads: uploads, store: store, path: path, log: log))
    }
}

/// What was logged: each message with its metadata.
final class Lines: LogHandler, Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let words = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        lines.withLock { $0.append("\(event.level): \(event.message) \(words.joined(separator: " "))") }
    }
}

/// Files as small as they can be.
enum Sample {
    static let eicar = Array(#"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"#.utf8)
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]
    static let gif = Array("GIF89a".utf8) + [1, 0, 1, 0]
    static let webp = Array("RIFF".utf8) + [4, 0, 0, 0] + Array("WEBPVP8 ".utf8)
    static let zip = Array("PK".utf8) + [3, 4, 20, 0, 0, 0]

    /// A PDF with these texts on a page each.
    static func pdf(_ pages: [String], encrypted: Bool = false, title: String? = nil) -> [UInt8] {
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count \(pages.count) /Kids ["
                + pages.indices.map { "\(4 + 2 * $0) 0 R" }.joined(separator: " ") + "] >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
        for (number, text) in pages.enumerated() {
            let content = text.isEmpty ? "" : "BT /F1 12 Tf 50 700 Td (\(text)) Tj ET"
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents \(5 + 2 * number) 0 R "
                    + "/Resources << /Font << /F1 3 0 R >> >> >>"
            )
            objects.append("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
        }
        if let title { objects.append("<< /Title (\(title)) >>") }
        let info = title == nil ? "" : "/Info \(objects.count) 0 R"
        var body = "%PDF-1.4\n"
        var places: [Int] = []
        for (number, object) in objects.enumerated() {
            places.append(body.utf8.count)
            body += "\(number + 1) 0 obj\n\(object)\nendobj\n"
        }
        let table = body.utf8.count
        body += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for place in places {
            body += String(repeating: "0", count: 10 - "\(place)".count) + "\(place) 00000 n \n"
        }
        let key = String(repeating: "41", count: 32)
        // A check value that no password fits.
        let lock = "/ID [<41> <41>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <\(key)> /U <\(key)> >>"
        body += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R \(info) \(encrypted ? lock : "") >>\n"
        return Array((body + "startxref\n\(table)\n%%EOF\n").utf8)
    }
}
