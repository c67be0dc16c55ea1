import Domain
import Doubles
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import TestSupport
import Testing

@testable import Site

@Suite("The live page", .timeLimit(.minutes(5)))
struct LivePageTests {
    @Test("shows the first words while the last are still to come, and ends with the person's turn")
    func streaming() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local, .say("First words"), .wait(gate), .say(", last words"))
        try await withSite([voice]) { site in
            let id = try await site.post(form: ["command_id": "c1", "topic": "Why?"], to: "/discussions")
                .discussion()
            let response = try await site.respond(.get, "/discussions/\(id)/live")
            #expect(response.headers[.accelBuffering] == "no")
            let collected = Collected()
            async let written: Void = response.body.write(CollectingWriter(collected))
            try await eventually { collected.text.contains("First words") }
            #expect(!collected.text.contains("last words"))
            gate.open()
            try await written
            let tokens = try Tokens(collected.text, allowed: .page)
            #expect(tokens.plainText.components(separatedBy: "First words, last words").count == 4)
            #expect(tokens.tags.last { $0.name == "a" && !$0.isEnd }?.attributes["target"] == "_top")
            #expect(collected.text.contains("It is your turn"))
            #expect(site.store.bell.count == 0)
        }
    }

    @Test("opened in the middle of a round shows what was said before, once")
    func late() async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local) { _, number in
            number == 2 ? [.say("second"), .wait(gate), .say(" half")] : [.say("number \(number)")]
        }
        try await withSite([voice]) { site in
            let id = try await site.post(form: ["command_id": "c1", "topic": "Why?"], to: "/discussions")
                .discussion()
            _ = try await site.store.transcript(id, of: site.person.id) { $0.speaking?.content == "second" }
            let whole = try await site.respond(.get, "/discussions/\(id)/live")
            let frame = try await site.respond(.get, "/discussions/\(id)/live?from=2")
            let (all, rest) = (Collected(), Collected())
            async let one: Void = whole.body.write(CollectingWriter(all))
            async let two: Void = frame.body.write(CollectingWriter(rest))
            gate.open()
            _ = try await (one, two)
            let text = try Tokens(all.text, allowed: .page).plainText
            for words in ["number 1", "second half", "number 3"] {
                #expect(text.components(separatedBy: words).count == 2, "\(words)")
            }
            let shown = try Tokens(rest.text, allowed: .page).plainText
            #expect(!shown.contains("number 1"))
            #expect(shown.contains("second half"))
        }
    }

    @Test(
        "with nothing running is a short whole page that says so",
        arguments: [DiscussionStatus.waiting, .resolved]
    )
    func nothing(status: DiscussionStatus) async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id, status: status))
            let answer = try await site.get("/discussions/d1/live")
            #expect(answer.status == 200)
            #expect(
                try Tokens(answer.text, allowed: .page).plainText.contains("Nothing is being said just now")
            )
            #expect(site.store.bell.count == 0)
        }
    }

    @Test("leaves no waiter behind when only its head is asked for")
    func head() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id, status: .running))
            // The transport drops the body of such an answer.
            _ = try await site.respond(.head, "/discussions/d1/live")
            #expect(site.store.bell.count == 0)
        }
    }

    @Test("leaves no waiter behind when the reader has gone", arguments: 1...3)
    func gone(after writes: Int) async throws {
        let gate = Gate()
        let voice = ScriptedVoice(.local, .say("First"), .wait(gate), .say("last"))
        try await withSite([voice]) { site in
            let id = try await site.post(form: ["command_id": "c1", "topic": "Why?"], to: "/discussions")
                .discussion()
            let response = try await site.respond(.get, "/discussions/\(id)/live")
            gate.open()
            await #expect(throws: Gone.self) { try await response.body.write(LeavingWriter(writes: writes)) }
            #expect(site.store.bell.count == 0)
        }
    }

    @Test("leaves no waiter behind when its task is cancelled")
    func cancelled() async throws {
        try await withSite { site in
            try await site.insert(Samples.discussion(of: site.person.id, status: .running))
            let response = try await site.respond(.get, "/discussions/d1/live")
            let collected = Collected()
            let task = Task { try await response.body.write(CollectingWriter(collected)) }
            try await eventually { site.store.bell.count == 1 }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(site.store.bell.count == 0)
        }
    }
}

private struct Gone: Error {}

/// A reader that goes away at the given write.
private struct LeavingWriter: ResponseBodyWriter {
    var writes: Int

    mutating func write(_ buffer: ByteBuffer) async throws {
        writes -= 1
        if writes == 0 { throw Gone() }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
