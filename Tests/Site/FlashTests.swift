import Domain
import Doubles
import Foundation
import HTTPTypes
import Store
import Testing

@testable import Site

@Suite("The message after a form's redirect", .timeLimit(.minutes(5)))
struct FlashTests {
    @Test("is left by a cookie that names the command, for the discussion's page alone")
    func cookie() async throws {
        try await withSite { site in
            let answer = try await site.post(form: ["command_id": "c1", "topic": "Why?"], to: "/discussions")
            let id = try answer.discussion()
            let cookie = try #require(answer.headers[.setCookie])
            let parts = Set(cookie.components(separatedBy: "; "))
            #expect(
                parts == [
                    "parley_done=start-dialogue", "Max-Age=60", "Path=/discussions/\(id)", "HttpOnly",
                    "SameSite=Lax",
                ]
            )
        }
    }

    @Test("is shown and taken back with it")
    func shown() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            let page = try await site.send(.get, "/discussions/d1", [.cookie: "parley_done=stop"])
            #expect(page.text.contains("<p>Stopped. What was said is kept.</p>"))
            let cookie = try #require(page.headers[.setCookie])
            #expect(cookie.hasPrefix("parley_done=; "))
            #expect(cookie.contains("Max-Age=0"))
            #expect(cookie.contains("Path=/discussions/d1"))
        }
    }

    @Test("waits for the page that it is meant for while a script fetches the page in the background")
    func background() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            var headers: HTTPFields = [.cookie: "parley_done=stop"]
            headers[try #require(HTTPField.Name("Parley-Part"))] = "page"
            let page = try await site.send(.get, "/discussions/d1", headers)
            #expect(!page.text.contains("Stopped."))
            #expect(page.headers[.setCookie] == nil)
        }
    }

    @Test("is not taken by whoever shows it to nobody: a look at the head, a page fetched ahead")
    func unseen() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id))
            var headers: HTTPFields = [.cookie: "parley_done=stop"]
            #expect(try await site.send(.head, "/discussions/d1", headers).headers[.setCookie] == nil)
            headers[try #require(HTTPField.Name("Sec-Purpose"))] = "prefetch"
            #expect(try await site.send(.get, "/discussions/d1", headers).headers[.setCookie] == nil)
        }
    }

    @Test("tells whoever sends an old page's form again that nothing was done; a double click is one command")
    func old() async throws {
        try await withSite { site in
            let form: KeyValuePairs = ["command_id": "c1", "topic": "Why?"]
            _ = try await site.post(form: form, to: "/discussions")
            let twice = try await site.post(form: form, to: "/discussions")
            #expect(twice.headers[.setCookie]?.hasPrefix("parley_done=start-dialogue;") == true)
            site.clock.advance(by: 3_600)
            let late = try await site.post(form: form, to: "/discussions")
            let id = try late.discussion()
            #expect(late.headers[.setCookie]?.hasPrefix("parley_done=\(Outcome.before);") == true)
            let page = try await site.send(
                .get,
                "/discussions/\(id)",
                [.cookie: "parley_done=\(Outcome.before)"]
            )
            #expect(page.text.contains("so nothing was done now"))
        }
    }

    @Test("says of a close that it is done, once it is")
    func closed() async throws {
        try await withSite { site in
            for (id, status, words) in [
                ("d1", DiscussionStatus.resolved, Outcome.closed),
                ("d2", .running, "A conclusion is being written."),
            ] {
                try await site.insert(Samples.discussion(id, of: site.person.id, status: status))
                let page = try await site.send(.get, "/discussions/\(id)", [.cookie: "parley_done=resolve"])
                #expect(page.text.contains("<p>\(words)</p>"))
            }
        }
    }

    @Test(
        "says of questions and of a summary that they are ready, once they are, and nothing when they failed"
    )
    func ready() async throws {
        try await withSite { site in
            let id = DiscussionID(rawValue: "d1")
            let round = Round(number: 1, complete: true, messages: [Samples.message(seat: 1, "Well.")])
            try await site.insert(Samples.discussion(of: site.person.id), rounds: [round])
            func told(_ command: String) async throws -> String? {
                let page = try await site.send(.get, "/discussions/d1", [.cookie: "parley_done=\(command)"])
                guard let told = page.text.components(separatedBy: "data-flash><p>").dropFirst().first else {
                    return nil
                }
                return told.components(separatedBy: "</p>").first
            }
            #expect(try await told("generate-questions") == nil)
            #expect(try await told("generate-summary") == nil)
            let options = [Question.Option(id: "a", text: "A"), .init(id: "b", text: "B")]
            try await site.store.write { writer in
                let set = QuestionSet(
                    id: QuestionSetID(rawValue: "q"),
                    questions: [Question(id: "1", text: "Which?", options: options)]
                )
                try writer.insert(set, round: 1, of: id)
                let summary = Summary(
                    id: SummaryID(rawValue: "s"),
                    throughRound: 1,
                    content: "Well, well.",
                    provider: .local,
                    model: "m",
                    promptVersion: "1"
                )
                try writer.insert(summary, of: id)
            }
            #expect(try await told("generate-questions") == "The questions for you are ready.")
            #expect(try await told("generate-summary") == "The summary is ready.")
        }
    }

    @Test("is not left for scripts, and not by a refusal")
    func none() async throws {
        try await withSite { site in
            let json = try await site.post(json: ["topic": "Why?"], to: "/discussions", id: "c1")
            #expect(json.status == 201)
            #expect(json.headers[.setCookie] == nil)
            let refused = try await site.post(form: ["command_id": "c2", "topic": "?"], to: "/discussions")
            #expect(refused.status == 400)
            #expect(refused.headers[.setCookie] == nil)
        }
    }

    @Test("has words for every action but delete, whose list tells of it")
    func words() {
        for action in [
            Links.Action.input, .proceed, .questions, .answers, .summary, .resolve, .reopen, .stop, .restore,
        ] {
            #expect(Outcome.words[action.command] != nil, "\(action)")
        }
        #expect(Outcome.words[Links.Action.delete.command] == nil)
    }
}

@Suite("What parley.js goes on from", .timeLimit(.minutes(5)))
struct FollowedPageTests {
    @Test("is in the page: the discussion, the snapshot's cursor, and where its events are")
    func cursor() async throws {
        try await withSite { site in
            let id = try await site.post(form: ["command_id": "c1", "topic": "Why?"], to: "/discussions")
                .discussion()
            _ = try await site.waiting(id)
            let json = try await site.get("/discussions/\(id)", json: true).json()
            for (path, here) in [("", ""), ("?rounds=all", "?rounds=all")] {
                let page = try Tokens(try await site.get("/discussions/\(id)\(path)").text, allowed: .page)
                let article = try #require(page.tags.first { $0.name == "article" }).attributes
                #expect(article["data-discussion"] == id.rawValue)
                #expect(article["data-cursor"] == (json["cursor"] as? Int).map(String.init))
                #expect(article["data-events"] == "/discussions/\(id)/events")
                #expect(article["data-page"] == "/discussions/\(id)\(here)")
            }
        }
    }

    @Test("is what is being said, to the last letter, and nothing while something else runs")
    func speaking() async throws {
        try await withSite { site in
            let text = "Line one\n\"quoted\" <b>&amp;</b> 🦊"
            for (id, activity) in [("d1", Activity.round), ("d2", .questions)] {
                let discussion = Samples.discussion(id, of: site.person.id, status: .running)
                var message = Samples.message(seat: 2, text, finished: false)
                message = Message(copying: message, id: "m-\(id)")
                try await site.insert(
                    discussion,
                    rounds: [Round(number: 1, complete: false, messages: [message])]
                )
                try await site.store.write { writer in
                    try writer.update(discussion.id, status: .running, activity: activity)
                }
                let page = try Tokens(try await site.get("/discussions/\(id)").text, allowed: .page)
                let running = try #require(page.tags.first { $0.attributes["id"] == "running" }).attributes
                #expect(running["data-speaking"] == (activity == .round ? "m-\(id)" : nil))
                #expect(running["data-said"] == (activity == .round ? text : nil))
            }
        }
    }
}

extension Message {
    /// The same words under another id.
    fileprivate init(copying other: Message, id: String) {
        self.init(
            id: MessageID(rawValue: id),
            seat: other.seat,
            persona: other.persona,
            turn: other.turn,
            content: other.content,
            provider: other.provider,
            model: other.model,
            fallback: other.fallback,
            promptVersion: other.promptVersion,
            finished: other.finished
        )
    }
}
