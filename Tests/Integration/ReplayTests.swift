import Foundation
import TestSupport
import Testing

/// The rule of all rules: old state and events make the state that is fetched anew, at every moment.
@Suite(.timeLimit(.minutes(3)))
struct ReplayTests {
    @Test func `whoever applies the events holds what they would fetch, through every action`() async throws {
        let half = Gate()
        let provider = try ScriptedProvider { request in
            let stops = request.messages.last?.content.contains("Please stop here.") == true
            if stops, ScriptedTable.isSeat(request, "Solver"), !half.isOpen {
                return [.role, .chunk("Half a täble"), .hang]
            }
            return ScriptedTable.answer(request, pause: .milliseconds(5))
        }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("Does it add up? ✓")
            var client = EventApplier()
            let actions: [(String, String)] = [
                ("questions", "{}"),
                (
                    "answers",
                    #"{"round":1,"answers":[{"question":"QUESTION","options":["1"],"text":"Two ✓"}]}"#
                ),
                ("input", #"{"input":"Only noted.","proceed":false}"#),
                ("summary", "{}"),
                ("input", #"{"input":"Please stop here."}"#),
                ("stop", "{}"),
                ("proceed", "{}"),
                ("resolve", "{}"),
                ("reopen", "{}"),
                ("delete", "{}"),
                ("restore", "{}"),
                ("resolve", #"{"conclusion":"Mine."}"#),
            ]
            try await follow(&client, site, path) { $0["waitingForAction"] as? Bool == true }
            for (action, body) in actions {
                let rounds = client.discussion["rounds"] as? [[String: Any]]
                let set = rounds?.first?["questionSet"] as? [String: Any]
                let question = (set?["questions"] as? [[String: Any]])?.first?["id"] as? String ?? ""
                let answer = try await site.post(
                    "\(path)/\(action)",
                    json: body.replacing("QUESTION", with: question)
                )
                #expect(answer.status == 200, "\(action): \(answer.body)")
                if action == "delete" { continue }
                try await follow(&client, site, path) { discussion in
                    body.contains("Please stop here.")
                        ? "\(discussion)".contains("Half a t") : discussion["status"] as? String != "running"
                }
                if action == "stop" { half.open() }
            }
            #expect((client.discussion["rounds"] as? [Any])?.count == 3)
            #expect(client.discussion["status"] as? String == "resolved")
        }
    }

    /// Fetches and compares again and again until `isOver`.
    private func follow(
        _ client: inout EventApplier,
        _ site: LocalSite,
        _ path: String,
        until isOver: ([String: Any]) -> Bool
    ) async throws {
        while true {
            let fetched = try await site.get(path, json: true).json
            let cursor = fetched["cursor"] as? Int ?? 0
            let events = try await site.get("\(path)/events?after=\(client.cursor)&wait=0", json: true).json
            client.apply(events, upTo: cursor)
            let mine = EventApplier.comparable(client.discussion)
            let theirs = EventApplier.comparable(fetched)
            try #require(mine == theirs, "applied: \(mine)\nfetched: \(theirs)")
            if isOver(fetched) { return }
        }
    }
}
