import Client
import Foundation
import TestSupport
import Testing

@Suite("Sending a command", .timeLimit(.minutes(5)))
struct SendCommandTests {
    private static let ack =
        #"{"ack":{"event":"start-dialogue","id":"x","discussionId":"d1","cursor":2,"replayed":false}}"#

    @Test("sends JSON with a fresh id and the token, and reads the acknowledgement")
    func once() async throws {
        let scripted = try ScriptedSite(token: "secret-token") { _ in .json(Self.ack + "\n", status: 201) }
        try await scripted.use {
            let ack = try await scripted.site.send(.start(topic: "Tools & \"books\"?", place: "house"))
            #expect(ack.discussionId == "d1" && ack.cursor == 2 && !ack.replayed && ack.json == Self.ack)
        }
        let request = try #require(scripted.server.requests.first)
        #expect(request.method == "POST" && request.path == "/discussions")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["accept"] == "application/json")
        #expect(request.headers["authorization"] == "Bearer secret-token")
        #expect(request.headers["idempotency-key"]?.count == 32)
        #expect(request.json as? [String: String] == ["topic": "Tools & \"books\"?", "place": "house"])
        #expect(scripted.server.requests.count == 1)
    }

    @Test("sends files as a form, the same bytes at every try, and waits longer for its acknowledgement")
    func files() async throws {
        let count = Count()
        let scripted = try ScriptedSite(limits: { $0.fileAckTimeout = .seconds(30) }) { _ in
            count.next() < 2 ? [.close] : [.pause(.milliseconds(600))] + .json(Self.ack, status: 201)
        }
        try await scripted.use {
            let file = SiteFile(name: "a \"b\"\r\nc.txt", content: Data("Lend\r\ntools.".utf8))
            _ = try await scripted.site.send(.start(topic: "Tools?", place: "house", files: [file]))
        }
        let requests = scripted.server.requests
        #expect(requests.count == 2)
        #expect(Set(requests.map(\.body)).count == 1)
        #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 1)
        let type = try #require(requests[0].headers["content-type"])
        let boundary = type.replacing("multipart/form-data; boundary=", with: "")
        let part = "--\(boundary)\r\nContent-Disposition: form-data; name="
        let body = try #require(requests.first).body
        #expect(
            body == """
                \(part)"place"\r\n\r\nhouse\r
                \(part)"topic"\r\n\r\nTools?\r
                \(part)"files"; filename="a %22b%22%0D%0Ac.txt"\r
                Content-Type: application/octet-stream\r\n\r\nLend\r\ntools.\r
                --\(boundary)--\r\n
                """
        )
    }

    @Test(
        "tries again with the same id and the same body when no answer came, or one that may pass",
        arguments: [
            [.close], [.reset], [.hang], [.head(headers: ["Content-Length": "90"]), .text("{\"ack"), .close],
            .json("<html>Bad gateway</html>", status: 502), .json("", status: 504), .json("", status: 503),
            .problem(500, "INTERNAL_ERROR"), .problem(429, "RATE_LIMIT_EXCEEDED"),
        ] as [[ScriptedProvider.Step]]
    )
    func again(trouble: [ScriptedProvider.Step]) async throws {
        let count = Count()
        let scripted = try ScriptedSite { _ in
            count.next() < 3 ? trouble : .json(Self.ack.replacing("false", with: "true"), status: 201)
        }
        let told = Count()
        try await scripted.use {
            let ack = try await scripted.site.send(.start(topic: "Tools?")) { _ in _ = told.next() }
            #expect(ack.replayed)
        }
        let requests = scripted.server.requests
        #expect(requests.count == 3)
        #expect(Set(requests.map { $0.headers["idempotency-key"] }).count == 1)
        #expect(Set(requests.map(\.body)).count == 1)
        // Half of a half and of one second: exponential, with the jitter in the test's hand.
        #expect(scripted.pauses == [.milliseconds(250), .milliseconds(500)])
        #expect(told.next() == 3)
    }

    @Test("gives up after three more tries, as unreachable when nothing of Parley's answered")
    func givesUp() async throws {
        let scripted = try ScriptedSite { _ in .json("<html>", status: 502) }
        await #expect(throws: SiteError.unreachable(tries: 4, reason: "the site answers 502")) {
            try await scripted.use { try await scripted.site.send(.start(topic: "Tools?")) }
        }
        #expect(scripted.server.requests.count == 4)
    }

    @Test("gives up with the site's own words where it has said some")
    func lastWords() async throws {
        let scripted = try ScriptedSite { _ in .problem(500, "INTERNAL_ERROR", "Something went wrong.") }
        await #expect {
            try await scripted.use { try await scripted.site.send(.start(topic: "Tools?")) }
        } throws: { error in
            guard case SiteError.refused(let refusal) = error else { return false }
            return refusal.message == "Something went wrong." && refusal.code == "INTERNAL_ERROR"
        }
    }

    @Test("gives up on a port that nobody listens on")
    func refused() async throws {
        // A port that was just given up might be another test's by now; this one is never anybody's.
        let scripted = try ScriptedSite(port: 1) { _ in [.close] }
        try await scripted.use {
            let error = await #expect(throws: SiteError.self) {
                try await scripted.site.send(.start(topic: "Tools?"))
            }
            guard case .unreachable(4, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test(
        "does not send again what the site has judged",
        arguments: [
            (400, "VALIDATION_ERROR"), (401, "UNAUTHENTICATED"), (403, "FORBIDDEN"), (409, "BUDGET_EXCEEDED"),
            (422, "COMMAND_CONFLICT"), (503, "NO_LLM_PROVIDER_AVAILABLE"),
        ]
    )
    func judged(status: Int, code: String) async throws {
        let scripted = try ScriptedSite { _ in .problem(status, code, "Please do otherwise.") }
        await #expect {
            try await scripted.use { try await scripted.site.send(.start(topic: "Tools?")) }
        } throws: { error in
            guard case SiteError.refused(let refusal) = error else { return false }
            return refusal.status == status && refusal.code == code
                && refusal.message == "Please do otherwise."
        }
        #expect(scripted.server.requests.count == 1)
        #expect(scripted.pauses.isEmpty)
    }

    @Test("waits as long as Retry-After says, in seconds or until a date, and no shorter")
    func retryAfter() async throws {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = .gmt
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        let soon = format.string(from: Date(timeIntervalSinceNow: 280))
        let count = Count()
        let scripted = try ScriptedSite { _ in
            switch count.next() {
            case 1: .problem(429, "RATE_LIMIT_EXCEEDED", headers: ["Retry-After": "7"])
            case 2: .json("", status: 503, headers: ["Retry-After": soon])
            case 3: .json("", status: 503, headers: ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"])
            default: .json(Self.ack, status: 201)
            }
        }
        try await scripted.use { _ = try await scripted.site.send(.start(topic: "Tools?")) }
        #expect(scripted.pauses.first == .milliseconds(7_250))
        // What a busy machine took before it looked at the clock is gone from it; what is left is never longer.
        #expect((.seconds(100)...Duration.seconds(281)).contains(scripted.pauses[1]))
        #expect(scripted.pauses.last == .seconds(1))
    }

    @Test("gives up at once when it is told to come back much later")
    func muchLater() async throws {
        let scripted = try ScriptedSite { _ in
            .problem(429, "RATE_LIMIT_EXCEEDED", headers: ["Retry-After": "3600"])
        }
        await #expect(throws: SiteError.self) {
            try await scripted.use { try await scripted.site.send(.start(topic: "Tools?")) }
        }
        #expect(scripted.server.requests.count == 1)
    }

    @Test("follows no redirect, so the token goes nowhere else")
    func redirect() async throws {
        let scripted = try ScriptedSite(token: "secret-token") { _ in
            .json("", status: 307, headers: ["Location": "/elsewhere"])
        }
        await #expect(throws: SiteError.self) {
            try await scripted.use { try await scripted.site.send(.start(topic: "Tools?")) }
        }
        #expect(scripted.server.requests.map(\.path) == ["/discussions"])
    }

    @Test("takes in no more than an acknowledgement's length")
    func tooLarge() async throws {
        let scripted = try ScriptedSite(limits: { $0.largestAcknowledgement = 1_000 }) { _ in
            .json(String(repeating: " ", count: 2_000) + Self.ack, status: 201)
        }
        await #expect(throws: SiteError.unusable("The answer is larger than 0 MB.")) {
            try await scripted.use { try await scripted.site.send(.start(topic: "Tools?")) }
        }
    }

    @Test("does not print a token")
    func secret() {
        let token = SiteToken("secret-token")
        #expect(!"\(String(describing: token)) \(String(reflecting: token))".contains("secret-token"))
        #expect(SiteToken("a\r\nX-Other: b") == nil)
    }
}
