import Client
import Foundation
import TestSupport
import Testing

@Suite("The library's example in docs/TERMINAL.md", .timeLimit(.minutes(5)))
struct LibraryExampleTests {
    @Test("starts a discussion and hears it out")
    func example() async throws {
        let ack =
            #"{"ack":{"event":"start-dialogue","id":"x","discussionId":"d1","cursor":1,"replayed":false}}"#
        let server = try ScriptedProvider(models: nil) { request in
            switch (request.method, request.query("after")) {
            case ("POST", _): .json(ack, status: 201)
            case (_, "0"): .events(2, [event(2, "round-complete", #"{"round":1,"status":"waiting"}"#)])
            default: [.hang]
            }
        }
        defer { server.stop() }
        try await run("http://127.0.0.1:\(server.port)")
        #expect(server.requests.map(\.method) == ["POST", "GET"])
    }

    private func run(_ address: String) async throws {
        let site = ParleySite(address: try SiteAddress(address))
        let ack = try await site.send(.start(topic: "Should a small library lend tools?"))
        for try await item in site.feed(of: ack.discussionId) {
            guard case .event(let event) = item else { continue }
            if case .messageComplete(let message) = event.body { print(message.persona, message.content) }
            if event.status == "waiting" || event.status == "resolved" { break }
        }
        try await site.shutdown()
    }

    @Test("is the one that is tested here")
    func same() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        func lines(_ path: String) throws -> [String] {
            try String(contentsOf: root.appending(path: path), encoding: .utf8)
                .replacing(#""http://127.0.0.1:8080""#, with: "address")
                .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let page = try lines("docs/TERMINAL.md")
        let start = try #require(page.firstIndex(of: "```swift"))
        let end = try #require(page[start...].firstIndex(of: "```"))
        let tested = try lines("Tests/Client/LibraryExampleTests.swift")
        #expect(Set(page[(start + 1)..<end]).subtracting(tested).isEmpty)
    }
}
