import Foundation
import TestSupport
import Testing

/// Thousands who wait cost no threads.
@Suite(.timeLimit(.minutes(5)))
struct ParkedTests {
    @Test func `2,000 held polls hold no thread, and health answers meanwhile`()
        async throws
    {
        let provider = try ScriptedProvider { ScriptedTable.answer($0) }
        try await LocalSite.with(
            provider: provider,
            environment: ["POLLS_PER_PERSON": "3000"]
        ) { site in
            LocalSite.raiseDescriptorLimit()
            let path = try await site.start("Who waits?")
            let cursor = try #require(try await site.waiting(path).json["cursor"] as? Int)
            let responder = try #require(site.responder)
            let quiet = Self.descriptors(of: responder)
            let threads = try #require(LocalSite.status(of: responder, "Threads"))
            let polls = try (0..<2_000).map { _ in
                try site.open("GET \(path)/events?after=\(cursor) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            }
            defer { for poll in polls { close(poll) } }
            // Each held poll is one connection of nginx to the responder.
            while Self.descriptors(of: responder) < quiet + 1_900 {
                #expect(try await site.get("/health").status == 200)
            }
            // The burst of 2,000 arrivals leaves idle worker threads behind, which Dispatch keeps for some
            // seconds. What is asked is that those who wait hold none.
            while try #require(LocalSite.status(of: responder, "Threads")) > threads + Self.dispatchWorkers {
                #expect(try await site.get("/health").status == 200)
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(Self.descriptors(of: responder) >= quiet + 1_900)
            #expect(try await site.get("/health").status == 200)
        }
    }

    /// Dispatch keeps a few workers while anything goes on, and a quiet responder may have had none.
    private static let dispatchWorkers = 4

    private static func descriptors(of pid: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
    }
}
