import Domain
import Doubles
import Foundation
import HTTPTypes
import Logging
import Support
import Synchronization
import Testing

@testable import Site

@Suite("The limits on what one person may do in a minute", .timeLimit(.minutes(5)))
struct RateLimitTests {
    /// A clock that stands until it is moved.
    private final class Clock: Sendable {
        private let time = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { time.withLock { $0 } }
        func advance(by duration: Duration) { time.withLock { $0 += duration } }
    }

    private let clock = Clock()
    private let anna = PersonID(rawValue: "anna")
    private let bert = PersonID(rawValue: "bert")

    private func limits(start: Int = 20, command: Int = 120, upload: Int = 20) -> RateLimits {
        var limits = RateLimits.Limits()
        limits.start = start
        limits.command = command
        limits.upload = upload
        return RateLimits(limits, now: { [clock] in clock.now })
    }

    @Test("let a minute's worth pass at once, and then as much as comes back")
    func bucket() throws {
        let limits = limits(start: 6)
        for _ in 0..<6 { try limits.take([.start], for: anna) }
        let refusal = #expect(throws: RateLimits.Refusal.self) { try limits.take([.start], for: anna) }
        #expect(refusal == .init(kind: .start, retryAfter: 10))
        clock.advance(by: .milliseconds(9_999))
        let second = #expect(throws: RateLimits.Refusal.self) { try limits.take([.start], for: anna) }
        #expect(second == .init(kind: .start, retryAfter: 1))
        clock.advance(by: .milliseconds(2))
        try limits.take([.start], for: anna)
        #expect(throws: RateLimits.Refusal.self) { try limits.take([.start], for: anna) }
        // What comes back never grows beyond a minute's worth.
        clock.advance(by: .seconds(3_600))
        for _ in 0..<6 { try limits.take([.start], for: anna) }
        #expect(throws: RateLimits.Refusal.self) { try limits.take([.start], for: anna) }
    }

    @Test("count each person and each class by itself, and take all classes of a command or none")
    func apart() throws {
        let limits = limits(start: 1, command: 1, upload: 2)
        try limits.take([.start, .upload], for: anna)
        try limits.take([.start], for: bert)
        try limits.take([.command], for: anna)
        // The start is used up, so no upload is taken.
        #expect(throws: RateLimits.Refusal.self) { try limits.take([.start, .upload], for: anna) }
        try limits.take([.upload], for: anna)
        #expect(throws: RateLimits.Refusal.self) { try limits.take([.upload], for: anna) }
        limits.giveBack([.start], for: anna)
        limits.giveBack([.start], for: anna)
        try limits.take([.start], for: anna)
        #expect(throws: RateLimits.Refusal.self) { try limits.take([.start], for: anna) }
    }

    @Test("remember nobody who has rested, and not more than so many in any case")
    func memory() throws {
        let limits = limits()
        for number in 0..<RateLimits.most { try limits.take([.start], for: .init(rawValue: "a\(number)")) }
        #expect(limits.count == RateLimits.most)
        clock.advance(by: .seconds(61))
        try limits.take([.start], for: anna)
        #expect(limits.count == 1)
        for number in 0..<(3 * RateLimits.most) {
            try limits.take([.start], for: .init(rawValue: "b\(number)"))
            #expect(limits.count <= RateLimits.most)
        }
    }

    @Test("answer 429 with when to come again, as JSON and as the form with what was typed")
    func answers() async throws {
        try await withSite(rates: limits(start: 1, command: 1)) { site in
            let first = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            let id = try first.discussion()
            let json = try await site.post(json: ["topic": "Why not?"], to: "/discussions", id: "c2")
            #expect(json.status == 429)
            #expect(json.headers[.retryAfter] == "60")
            #expect(try json.error()["code"] == "RATE_LIMIT_EXCEEDED")
            let form = try await site.post(
                form: ["command_id": "c3", "topic": "Why <not>?"],
                to: "/discussions"
            )
            #expect(form.status == 429)
            #expect(form.headers[.retryAfter] == "60")
            #expect(try Tokens(form.text, allowed: .page).text(in: "textarea") == "\nWhy <not>?")
            #expect(form.text.contains("too many new discussions"))

            _ = try await site.waiting(id)
            let path = "/discussions/\(id)/input"
            #expect(
                try await site.post(form: ["command_id": "c4", "input": "x", "proceed": "false"], to: path)
                    .status == 303
            )
            let again = try await site.post(form: ["command_id": "c5", "input": "My words."], to: path)
            #expect(again.status == 429)
            #expect(again.headers[.retryAfter] == "60")
            #expect(again.text.contains("My words.") && again.text.contains("too many actions"))
            #expect(try await site.listed().count == 1)
        }
    }

    @Test("do not count a command that was carried out before, and answer it however many there were")
    func replays() async throws {
        try await withSite(rates: limits(start: 2)) { site in
            let first = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            for _ in 0..<5 {
                let again = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
                #expect(again.status == 201)
                #expect(try again.acknowledgement()["replayed"] as? Bool == true)
            }
            #expect(try await site.post(json: ["topic": "Two?"], to: "/discussions", id: "c2").status == 201)
            #expect(
                try await site.post(json: ["topic": "Three?"], to: "/discussions", id: "c3").status == 429
            )
            let again = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            #expect(try again.discussion() == first.discussion())
            let other = try await site.post(json: ["topic": "Other?"], to: "/discussions", id: "c1")
            #expect(try other.error()["code"] == "COMMAND_CONFLICT")
        }
    }

    @Test("stand in the audit log once a minute, beside each command that was accepted")
    func audited() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "audit-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let audit = try AuditLog(.file(path), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withSite(rates: limits(start: 1), audit: audit) { site in
            let id = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1").discussion()
            _ = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            for number in 2..<6 {
                _ = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c\(number)")
            }
            for format in ["md", "json", "html"] {
                _ = try await site.get("/discussions/\(id)/export.\(format)")
            }
            for (number, action) in ["delete", "restore"].enumerated() {
                _ = try await site.post(json: [:], to: "/discussions/\(id)/\(action)", id: "d\(number)")
            }
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
                try JSONDecoder().decode([String: String].self, from: Data($0.utf8))
            }
            #expect(
                lines.map { "\($0["event"] ?? "") \($0["command"] ?? "")" } == [
                    "command start-dialogue", "rate-limited start", "exported md", "exported json",
                    "exported html", "command delete", "command restore",
                ]
            )
            #expect(lines.allSatisfy { $0["who"] == site.person.name && $0["from"] == "127.0.0.1" })
            #expect(lines[0]["id"] == id.rawValue && lines[2]["id"] == id.rawValue)
        }
    }
}
