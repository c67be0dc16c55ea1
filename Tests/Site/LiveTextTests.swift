import Domain
import Testing

@testable import Site

@Suite("The text of the live page", .timeLimit(.minutes(5)))
struct LiveTextTests {
    private static let first = MessageID(rawValue: "m1")

    private static func start(_ seat: Int, _ id: MessageID = first) -> EventBody {
        .messageStart(
            .init(
                messageId: id,
                round: 1,
                seat: seat,
                persona: Persona.panel[seat - 1],
                turn: seat,
                provider: .groq,
                model: "g"
            )
        )
    }

    private static func chunk(_ text: String, _ id: MessageID = first) -> EventBody {
        .messageChunk(.init(messageId: id, offset: 0, text: text))
    }

    private static func complete(_ id: MessageID = first) -> EventBody {
        let message = Samples.message(seat: 1, "All of it.")
        return .messageComplete(
            .init(
                message: Message(
                    id: id,
                    seat: message.seat,
                    persona: message.persona,
                    turn: 1,
                    content: message.content,
                    provider: .groq,
                    model: "g",
                    fallback: false,
                    promptVersion: "1",
                    finished: true
                )
            )
        )
    }

    private static let roundComplete = EventBody.roundComplete(
        .init(round: 1, waitingForAction: true, status: .waiting)
    )

    /// The whole page from a snapshot and what followed, and the page's state after it.
    private func page(
        _ messages: [Message] = [],
        from seat: Int = 1,
        _ bodies: [EventBody] = []
    ) -> (html: String, live: LiveText) {
        var live = LiveText(Samples.transcript(status: .running, messages: messages), firstSeat: seat)
        var html = live.opening()
        for (index, body) in bodies.enumerated() { html += live.apply(Samples.event(body, id: 11 + index)) }
        return (html, live)
    }

    @Test("shows a message from its start to its end, word by word, and is well formed then")
    func message() throws {
        let (html, live) = page(
            [],
            [Self.start(1), Self.chunk("One <"), Self.chunk(" two"), Self.complete()]
        )
        let tokens = try Tokens(html, allowed: .page)
        #expect(tokens.text(in: "h2") == "Analyzer")
        #expect(tokens.plainText.contains("Groq · g"))
        #expect(tokens.plainText.contains("One < two"))
        #expect(!live.isOver)
        #expect(live.cursor == 14)
    }

    @Test("opens with what was said: finished messages formatted, the one being spoken as far as it is")
    func opening() throws {
        let messages = [
            Samples.message(seat: 1, "It is *so*."), Samples.message(seat: 2, "Half a *w", finished: false),
        ]
        let id = messages[1].id
        let (html, live) = page(messages, [Self.chunk("ord*", id), Self.complete(id)])
        let tokens = try Tokens(html, allowed: .page)
        #expect(html.contains("It is <em>so</em>."))
        #expect(tokens.plainText.contains("Half a *word*"))
        #expect(tokens.tags.filter { $0.name == "article" && !$0.isEnd }.count == 2)
        #expect(live.cursor == 12)
    }

    @Test("leaves out the seats before `from`, and what is still said of them")
    func from() throws {
        let messages = [Samples.message(seat: 1, "Left out."), Samples.message(seat: 2, "Shown.")]
        let (html, _) = page(messages, from: 2, [Self.chunk("nothing", messages[0].id)])
        let tokens = try Tokens(html, allowed: .page)
        #expect(!tokens.plainText.contains("Left out."))
        #expect(!tokens.plainText.contains("nothing"))
        #expect(tokens.plainText.contains("Shown."))
    }

    @Test("says that a message begins anew, and by whom")
    func restart() throws {
        let restart = EventBody.messageRestart(
            .init(messageId: Self.first, provider: .openrouter, model: "o/<o>")
        )
        let (html, _) = page(
            [],
            [Self.start(1), Self.chunk("lost"), restart, Self.chunk("found"), Self.complete()]
        )
        let tokens = try Tokens(html, allowed: .page)
        #expect(tokens.plainText.contains("begins anew"))
        #expect(tokens.plainText.contains("OpenRouter · o/<o>"))
        let words = tokens.tags.filter { $0.attributes["class"] == "said words" }
        #expect(words.count == 2)
    }

    @Test("ends with the round, and leads the whole window to the person's turn")
    func closing() throws {
        let (html, live) = page([], [Self.start(1), Self.complete(), Self.roundComplete])
        #expect(live.isOver)
        let link = "<a target=\"_top\" href=\"/discussions/d1\">It is your turn</a>"
        #expect(live.closing().contains(link))
        #expect(live.closing().hasSuffix("</html>\n"))
        _ = try Tokens(html, allowed: .page)
    }

    @Test("leads to the conclusion when the table has come to one")
    func conclusion() throws {
        let resolution = Resolution(reason: .agreed, round: 1, conclusion: "Yes.")
        let resolved = EventBody.discussionResolved(.init(resolution: resolution, status: .resolved))
        let (_, live) = page([], [Self.start(1), Self.complete(), Self.roundComplete, resolved])
        #expect(live.isOver)
        #expect(live.closing().contains("To the conclusion"))
    }

    @Test("ends with a failure, says why, and leaves no element open")
    func failure() throws {
        let failure = EventBody.error(
            .init(code: .providerError, message: "Groq & co failed.", status: .waiting)
        )
        let (html, live) = page([], [Self.start(1), Self.chunk("half"), failure])
        #expect(live.isOver)
        #expect(try Tokens(html, allowed: .page).plainText.contains("Groq & co failed."))
        let (early, _) = page([], [failure])
        _ = try Tokens(early, allowed: .page)
    }

    @Test("passes over what belongs to no open message")
    func strayEvents() {
        let stray = MessageID(rawValue: "other")
        let restart = EventBody.messageRestart(.init(messageId: stray, provider: .local, model: "l"))
        let bodies = [
            Self.chunk("x", stray), restart, Self.complete(stray),
            .roundStart(.init(round: 1, status: .running, activity: .round)),
        ]
        let (html, live) = page([], bodies)
        #expect(html.isEmpty)
        #expect(live.cursor == 14)
        #expect(!live.isOver)
    }

    @Test(
        "with nothing running is over at once and says so",
        arguments: [DiscussionStatus.waiting, .resolved]
    )
    func nothing(status: DiscussionStatus) {
        var live = LiveText(Samples.transcript(status: status, complete: true), firstSeat: 1)
        #expect(live.isOver)
        #expect(live.opening().isEmpty)
        #expect(live.closing().contains("Nothing is being said just now"))
        #expect(live.closing().contains("href=\"/discussions/d1\""))
    }
}
