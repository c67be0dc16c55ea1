import Client
import Foundation
import Synchronization
import TestSupport

/// A site that answers as a test says, and a client that does not really pause.
struct ScriptedSite {
    let server: ScriptedProvider
    let site: ParleySite
    private let rests: Rests

    /// - Parameters:
    ///   - port: another one than the scripted server's, on which nobody answers.
    ///   - limits: times are short, so that a test of a timeout does not take seconds.
    init(
        token: String? = nil,
        port: Int? = nil,
        limits change: (inout ClientLimits) -> Void = { _ in },
        rule: @escaping ScriptedProvider.Rule
    ) throws {
        server = try ScriptedProvider(models: nil, rule: rule)
        var limits = ClientLimits()
        limits.ackTimeout = .milliseconds(200)
        change(&limits)
        let rests = Rests()
        self.rests = rests
        site = ParleySite(
            address: try SiteAddress("http://127.0.0.1:\(port ?? server.port)"),
            token: token.flatMap { SiteToken($0) },
            limits: limits,
            timing: Timing(
                // It stands still: an answer takes no time, however busy the machine is.
                now: { [start = ContinuousClock.now] in start },
                sleep: {
                    try Task.checkCancellation()
                    rests.append($0)
                },
                chance: { 0.5 }
            )
        )
    }

    /// The pauses so far.
    var pauses: [Duration] { rests.all }

    /// Runs `body` and closes everything, whatever happens.
    func use<Value>(_ body: () async throws -> Value) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await site.shutdown()
        server.stop()
        return try result.get()
    }
}

private final class Rests: Sendable {
    private let pauses = Mutex<[Duration]>([])

    var all: [Duration] { pauses.withLock { $0 } }

    func append(_ pause: Duration) {
        pauses.withLock { $0.append(pause) }
    }
}

/// Counts the requests of a rule.
final class Count: Sendable {
    private let value = Mutex(0)

    /// From 1.
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

extension ScriptedProvider.RecordedRequest {
    /// A part of the query.
    func query(_ name: String) -> String? {
        URLComponents(string: path)?.queryItems?.first { $0.name == name }?.value
    }
}

extension [ScriptedProvider.Step] {
    static func json(_ body: String, status: Int = 200, headers: [String: String] = [:]) -> Self {
        [.reply(status: status, headers: headers, body: body)]
    }

    /// A refusal in the contract's shape.
    static func problem(
        _ status: Int,
        _ code: String,
        _ message: String = "No.",
        headers: [String: String] = [:]
    ) -> Self {
        json(#"{"error":{"code":"\#(code)","message":"\#(message)"}}"#, status: status, headers: headers)
    }

    static func events(_ cursor: Int, _ events: [String] = [], headers: [String: String] = [:]) -> Self {
        json("{\"cursor\":\(cursor),\"events\":[\(events.joined(separator: ","))]}\n", headers: headers)
    }
}

/// An event as the site sends it.
func event(_ id: Int, _ type: String = "round-start", _ data: String = #"{"round":1}"#) -> String {
    #"{"id":\#(id),"type":"\#(type)","discussionId":"d1","at":"2026-11-23T12:00:00.000Z","data":\#(data)}"#
}

/// A discussion as the site sends it.
func snapshot(cursor: Int, status: String = "waiting", rounds: String = "") -> String {
    #"{"id":"d1","topic":"Tools?","status":"\#(status)","cursor":\#(cursor),"panel":[],"# + """
        "rounds":[\(rounds)],"summaries":[],"resolution":null}
        """
}
