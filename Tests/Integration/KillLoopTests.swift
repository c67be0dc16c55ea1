import Foundation
import TestSupport
import Testing

/// kill -9 at random moments: what was finished stays, what was not is spoken anew, nothing happens twice.
@Suite(.timeLimit(.minutes(15)))
struct KillLoopTests {
    /// 8 in CI, 50 in `make test-long`.
    private static let kills = ProcessInfo.processInfo.environment["PARLEY_LONG_TESTS"] == nil ? 8 : 50
    private static let rounds = 6

    @Test func `a discussion that is killed again and again ends as one that was left alone`() async throws {
        let undisturbed = try await discussion(kills: 0)
        let disturbed = try await discussion(kills: Self.kills)
        #expect(disturbed.messages == undisturbed.messages)
        #expect(undisturbed.messages.count == Self.rounds * 3)
        #expect(disturbed.eventIDs == disturbed.eventIDs.sorted())
        #expect(Set(disturbed.eventIDs).count == disturbed.eventIDs.count)
        // A round is opened once, by one command, however often that was sent.
        #expect(disturbed.types.filter { $0 == "round-start" }.count == Self.rounds)
        #expect(disturbed.types.filter { $0 == "round-complete" }.count == Self.rounds)
        #expect(disturbed.types.filter { $0 == "message-start" }.count == Self.rounds * 3)
        #expect(disturbed.types.filter { $0 == "message-complete" }.count == Self.rounds * 3)
        #expect(disturbed.kills == Self.kills)
    }

    private struct Outcome: Sendable {
        var messages: [String] = []
        var eventIDs: [Int] = []
        var types: [String] = []
        var kills = 0
    }

    private func discussion(kills: Int) async throws -> Outcome {
        let killed = Gate()
        let provider = try ScriptedProvider { request in
            let answer = ScriptedTable.answer(request, pause: .milliseconds(20))
            // The last seat of all waits for the last kill, so that every kill hits a table that works.
            let isLast =
                ScriptedTable.isSeat(request, "Moderator")
                && request.messages.last?.content.contains("Round \(Self.rounds - 1):") == true
            return isLast ? [.role, .wait(killed)] + answer.dropFirst() : answer
        }
        return try await LocalSite.with(provider: provider) { site in
            let killer = Task {
                var done = 0
                while done < kills {
                    // The moment is the test's subject; nothing is waited for.
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...700)))
                    guard let pid = site.responder else { continue }
                    kill(pid, SIGKILL)
                    done += 1
                }
                killed.open()
                return done
            }
            defer { killer.cancel() }
            let start = #"{"topic":"Does anything get lost?"}"#
            let path = try #require(try await insist(site, "/discussions", start, "start").location)
            var round = 1
            while true {
                try await waiting(site, path, round: round)
                if round == Self.rounds { break }
                _ = try await insist(site, "\(path)/proceed", "{}", "proceed-\(round)")
                round += 1
            }
            var outcome = Outcome()
            outcome.kills = try await killer.value
            let json = try await insist(site, path).json
            for entry in json["rounds"] as? [[String: Any]] ?? [] {
                for message in entry["messages"] as? [[String: Any]] ?? [] {
                    outcome.messages.append(
                        "\(message["turn"] ?? "") \(message["persona"] ?? "") \(message["content"] ?? "")"
                    )
                }
            }
            let events = try await insist(site, "\(path)/events?after=0&wait=0").json
            for event in events["events"] as? [[String: Any]] ?? [] {
                outcome.eventIDs.append(event["id"] as? Int ?? 0)
                outcome.types.append(event["type"] as? String ?? "")
            }
            return outcome
        }
    }

    /// Sends until it is answered, with one id, as every client should.
    private func insist(
        _ site: LocalSite,
        _ path: String,
        _ body: String? = nil,
        _ id: String = ""
    ) async throws -> LocalSite.Answer {
        while true {
            let answer =
                if let body {
                    try? await site.post(path, json: body, id: id)
                } else {
                    try? await site.get(path, json: true)
                }
            if let answer, answer.status < 400 { return answer }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func waiting(_ site: LocalSite, _ path: String, round: Int) async throws {
        while true {
            let json = try await insist(site, path).json
            let isRound = (json["rounds"] as? [Any])?.count == round
            if isRound, json["waitingForAction"] as? Bool == true { return }
            try await Task.sleep(for: .milliseconds(30))
        }
    }
}
