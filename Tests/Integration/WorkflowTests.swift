import Foundation
import TestSupport
import Testing

/// The whole discussion, step by step: by HTML forms without a script, and by JSON.
@Suite(.timeLimit(.minutes(5)))
struct WorkflowTests {
    @Test func `a person takes a discussion from its start to its conclusion by forms alone`() async throws {
        let provider = try ScriptedProvider { ScriptedTable.answer($0) }
        try await LocalSite.with(provider: provider) { site in
            let started = try await site.submit(
                try await site.get("/"),
                action: "/discussions",
                [("topic", "How do we start?")]
            )
            let path = try #require(started.location)
            _ = try await site.waiting(path)

            try await press(site, path, "questions")
            _ = try await site.waiting(path)
            let asked = try await site.get(path)
            #expect(asked.body.contains("How big is the team?"))
            let fields = asked.body.matches(of: /name="q-([^"]+)" value="1">/).map { String($0.output.1) }
            let (one, two) = (try #require(fields.first), try #require(fields.last))
            #expect(asked.body.contains("<input type=\"checkbox\" name=\"q-\(two)\" value=\"3\">"))

            let answered = try await site.submit(
                asked,
                action: "\(path)/answers",
                [
                    ("q-\(one)", "1"), ("q-\(two)", "1"), ("q-\(two)", "2"),
                    ("t-\(two)", "Both, <b>really</b>"),
                ]
            )
            #expect(answered.status == 303)
            _ = try await site.waiting(path)
            let second = try #require(provider.seatPrompts.last)
            #expect(second.contains("Question: What matters most?\nChosen: Speed; Safety"))
            #expect(second.contains("In their words: Both, <b>really</b>"))

            try await press(site, path, "input", [("input", "Mind the budget.\r\nReally.")])
            _ = try await site.waiting(path)
            #expect(
                provider.seatPrompts.last?.contains("<remark>\nMind the budget.\nReally.\n</remark>") == true
            )

            try await press(site, path, "summary")
            _ = try await site.waiting(path)
            let page = try await site.get(path)
            #expect(page.body.contains("They weighed <strong>speed</strong> against safety."))
            let whole = try await site.get("\(path)?rounds=all")
            #expect(whole.body.contains("Both, &lt;b&gt;really&lt;/b&gt;"))
            #expect(whole.body.matches(of: /<article class="message seat-/).count == 9)
            for link in Set(
                (page.body + whole.body).matches(of: /href="(\/[^"#]*)"/).map { String($0.output.1) }
            ) {
                #expect(try await site.get(link).status == 200, "\(link)")
            }

            try await press(site, path, "resolve")
            _ = try await status("resolved", site, path)
            let resolved = try await site.get(path)
            #expect(resolved.body.contains("Not yet."))
            #expect(resolved.body.contains("You closed the discussion"))

            let markdown = try await site.get("\(path)/export.md")
            #expect(markdown.header("content-disposition")?.hasPrefix("attachment") == true)
            for text in [
                "# How do we start?", "## Conclusion", "## Round 3", "- [x] Speed", "> Mind the budget.",
            ] {
                #expect(markdown.body.contains(text))
            }
            let json = try await site.get("\(path)/export.json").json
            #expect((json["rounds"] as? [Any])?.count == 3)

            try await press(site, path, "reopen")
            _ = try await site.waiting(path)
            let deleted = try await site.submit(try await site.get(path), action: "\(path)/delete")
            #expect(try await site.get(path).status == 404)
            let list = try await site.get(try #require(deleted.location))
            #expect(list.body.contains("was deleted"))
            let undone = try await site.submit(list, action: "\(path)/restore")
            #expect(undone.location == path)
            #expect(try await site.get(path).status == 200)
        }
    }

    @Test func `a script takes a discussion the same way by JSON`() async throws {
        let provider = try ScriptedProvider { ScriptedTable.answer($0) }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("How do we start?")
            _ = try await site.waiting(path)
            #expect(try await site.post("\(path)/questions", json: "{}").status == 200)
            let asked = try await site.waiting(path).json
            let set = try #require(
                (asked["rounds"] as? [[String: Any]])?.first?["questionSet"] as? [String: Any]
            )
            let questions = try #require(set["questions"] as? [[String: Any]])
            let question = try #require(questions.first?["id"] as? String)

            let answers = #"{"round":1,"answers":[{"question":"\#(question)","options":["2"],"text":""}]}"#
            let first = try await site.post("\(path)/answers", json: answers, id: "answers-1")
            #expect(first.status == 200)
            let again = try await site.post("\(path)/answers", json: answers, id: "answers-1")
            #expect((again.json["ack"] as? [String: Any])?["replayed"] as? Bool == true)
            _ = try await site.waiting(path)
            #expect(provider.seatPrompts.last?.contains("Chosen: Ten") == true)

            #expect(
                try await site.post("\(path)/input", json: #"{"input":"And then?","proceed":false}"#).status
                    == 200
            )
            let kept = try await site.get(path, json: true).json
            #expect(kept["waitingForAction"] as? Bool == true)
            _ = try await site.post("\(path)/proceed", json: "{}")
            _ = try await site.waiting(path)
            #expect(provider.seatPrompts.last?.contains("<remark>\nAnd then?\n</remark>") == true)

            _ = try await site.post("\(path)/summary", json: "{}")
            _ = try await site.waiting(path)
            let words = try await site.post("\(path)/resolve", json: #"{"conclusion":"We start small."}"#)
            #expect(words.status == 200)
            let resolved = try await site.get(path, json: true).json
            #expect(resolved["status"] as? String == "resolved")
            #expect((resolved["resolution"] as? [String: Any])?["conclusion"] as? String == "We start small.")
            for (action, code) in [
                ("proceed", "NOT_WAITING"), ("input", "NOT_WAITING"), ("stop", "NOT_RUNNING"),
            ] {
                let refused = try await site.post("\(path)/\(action)", json: #"{"input":"x"}"#)
                #expect(refused.status == 409)
                #expect((refused.json["error"] as? [String: Any])?["code"] as? String == code)
            }
            #expect(try await site.post("\(path)/reopen", json: "{}").status == 200)
            let refused = try await site.post("\(path)/reopen", json: "{}")
            #expect((refused.json["error"] as? [String: Any])?["code"] as? String == "NOT_RESOLVED")
        }
    }

    @Test func `a table that agrees resolves itself, with dissent and open questions shown`() async throws {
        let provider = try ScriptedProvider { ScriptedTable.answer($0, verdict: ScriptedTable.closed) }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("How do we start?")
            _ = try await status("resolved", site, path)
            let page = try await site.get(path).body
            for text in [
                "Start <em>small</em>.", "Agreed by Analyzer, Solver.", "Start large.", "When?",
                "Reopen the discussion",
            ] {
                #expect(page.contains(text))
            }
            let events = try await site.get("\(path)/events?after=0&wait=0", json: true).json
            let types = (events["events"] as? [[String: Any]])?.compactMap { $0["type"] as? String } ?? []
            #expect(types.suffix(2) == ["round-complete", "discussion-resolved"])
        }
    }

    @Test func `stop keeps what was said, marked as cut short, and proceed goes on at the next seat`()
        async throws
    {
        let gate = Gate()
        let provider = try ScriptedProvider { request in
            guard case .seat(let persona) = ScriptedTable.task(of: request), persona == "Solver", !gate.isOpen
            else { return ScriptedTable.answer(request) }
            return [.role, .chunk("Half a thought"), .hang]
        }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("Do we stop?")
            while !(try await site.get(path, json: true)).body.contains("Half a thought") {
                try await Task.sleep(for: .milliseconds(20))
            }
            let stopped = try await site.submit(try await site.get(path), action: "\(path)/stop")
            #expect(stopped.status == 303)
            let waiting = try await site.get(path, json: true).json
            #expect(waiting["waitingForAction"] as? Bool == true)
            let messages = try #require(
                (waiting["rounds"] as? [[String: Any]])?[0]["messages"] as? [[String: Any]]
            )
            #expect(messages.map { $0["truncated"] as? Bool } == [false, true])
            #expect(messages.last?["content"] as? String == "Half a thought")
            try await eventually { provider.abandoned == 1 }
            gate.open()
            _ = try await site.post("\(path)/proceed", json: "{}")
            let after = try await site.waiting(path).json
            let round = try #require((after["rounds"] as? [[String: Any]])?[0])
            #expect((round["messages"] as? [[String: Any]])?.count == 3)
            #expect(round["complete"] as? Bool == true)
            #expect(provider.chats.filter { ScriptedTable.isSeat($0, "Solver") }.count == 1)
        }
    }

    @Test func `words sent to a table that is not waiting come back to be copied`() async throws {
        let gate = Gate()
        let provider = try ScriptedProvider { request in
            gate.isOpen ? ScriptedTable.answer(request) : [.role, .wait(gate), .finish(), .done]
        }
        try await LocalSite.with(provider: provider) { site in
            let path = try await site.start("Are you there?")
            let token = try await site.get(path).formToken
            let late = try await site.post(
                "\(path)/input",
                form: [("command_id", "late"), ("form_token", token), ("input", "My <long> remark")]
            )
            #expect(late.status == 409)
            #expect(late.body.contains("readonly>\nMy &lt;long&gt; remark</textarea>"))
            gate.open()
        }
    }

    /// Presses a button of the discussion's page.
    private func press(
        _ site: LocalSite,
        _ path: String,
        _ action: String,
        _ fields: [(String, String)] = []
    ) async throws {
        let page = try await site.get(path)
        let answer = try await site.submit(page, action: "\(path)/\(action)", fields)
        #expect(answer.status == 303, "\(action)")
    }

    private func status(_ status: String, _ site: LocalSite, _ path: String) async throws -> LocalSite.Answer
    {
        while true {
            let answer = try await site.get(path, json: true)
            if answer.json["status"] as? String == status { return answer }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
