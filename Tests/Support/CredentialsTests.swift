import Foundation
import Support
import Testing

@Suite("Credentials from systemd")
struct CredentialsTests {
    @Test("are settings named after their files, without the line's end")
    func read() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "parley-test-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in ["parley_GROQ_API_KEY": "gsk-1\n", "parley_DATA_DIR": "/x", "other_KEY": "no"] {
            try Data(text.utf8).write(to: directory.appending(path: name))
        }
        let read = try Credentials.read(directory: directory.path)
        #expect(read == ["GROQ_API_KEY": "gsk-1", "DATA_DIR": "/x"])
        let settings = try readSettings(["DATA_DIR": "/y"], file: read).settings
        #expect(settings.providers.groq.apiKey.reveal() == "gsk-1")
        #expect(settings.dataDirectory == "/y")
    }

    @Test("are none where systemd hands none over, and a fault where it cannot be read")
    func none() throws {
        #expect(try Credentials.read(directory: nil).isEmpty)
        #expect(throws: (any Error).self) { try Credentials.read(directory: "/nonexistent/parley") }
    }
}
