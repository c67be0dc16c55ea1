import Domain
import Doubles
import Export
import Foundation
import Testing

@Suite("Who saw which words")
struct WordsSentTests {
    private let owner = Person(id: PersonID(rawValue: "p"), name: "local")

    private func share(_ provider: ProviderID, in sent: WordsSent) throws -> WordsSent.Share {
        try #require(sent.shares.first { $0.provider == provider })
    }

    private func names(_ share: WordsSent.Share) -> Set<String> {
        Set(share.messages.map { $0.rawValue.replacing("full-", with: "") })
    }

    @Test("follows from the seats' order, the summaries and the time of every word")
    func derived() throws {
        let sent = WordsSent(FullDiscussion.record(of: owner), configured: [.mistral, .groq, .openrouter])
        #expect(sent.shares.map(\.provider) == [.groq, .mistral, .openrouter])

        // The solver spoke through it in the first round only, after the analyzer.
        let groq = try share(.groq, in: sent)
        #expect(names(groq) == ["m1"])
        #expect(groq.remarks.isEmpty && groq.answers.isEmpty && groq.summaries.isEmpty)
        #expect(groq.calls == [.message: 1])

        // It opened both rounds and spoke in the solver's place: the first round is told by its summary.
        let mistral = try share(.mistral, in: sent)
        #expect(names(mistral) == ["m4"])
        #expect(mistral.summaries == [SummaryID(rawValue: "full-s1")])
        #expect(mistral.remarks == [0, 1], "the last one came after the round")
        #expect(mistral.answers == [QuestionSetID(rawValue: "full-qnew")])

        // The moderator's also judges, asks and sums up.
        let openrouter = try share(.openrouter, in: sent)
        #expect(names(openrouter) == ["m1", "m2", "m3", "m4", "m5", "m6"])
        #expect(openrouter.calls == [.message: 2, .questions: 2, .summary: 1, .verdict: 2])
    }

    @Test("names who was perhaps asked before a stand-in spoke")
    func fallback() {
        let record = FullDiscussion.record(of: owner)
        let sent = WordsSent(record, configured: [.mistral, .groq, .openrouter])
        #expect(sent.perhaps.map(\.provider) == [.groq])
        #expect(sent.perhaps.first?.messages == [MessageID(rawValue: "full-m5")])
    }

    @Test("is told of every round before, also of a long discussion")
    func long() {
        var record = FullDiscussion.record(of: owner)
        let round = record.rounds[0]
        record.summaries = []
        record.rounds = (1...300).map { number in
            .init(
                number: number,
                complete: true,
                startedAt: round.startedAt,
                completedAt: round.completedAt,
                messages: round.messages.map { spoken in
                    .init(message: spoken.message.said(in: number), createdAt: spoken.createdAt)
                }
            )
        }
        let sent = WordsSent(record, configured: [])
        // Its last message is asked last of all, with all that was said.
        let last = sent.shares.first { $0.provider == .openrouter }
        #expect(last?.messages.count == 900, "all, since it judges too")
        let first = sent.shares.first { $0.provider == .mistral }
        #expect(first?.messages.count == 299 * 3, "all but the round that it opened last")
    }

    @Test("is empty while nothing was sent")
    func nothing() {
        var record = FullDiscussion.record(of: owner)
        record.rounds = []
        record.summaries = []
        record.endings = []
        record.asked = []
        record.questionSets = []
        let sent = WordsSent(record, configured: [.mistral])
        #expect(sent.shares.isEmpty && sent.perhaps.isEmpty)
    }
}

extension Message {
    fileprivate func said(in round: Int) -> Message {
        Message(
            id: MessageID(rawValue: "r\(round)-\(seat)"),
            seat: seat,
            persona: persona,
            turn: (round - 1) * 3 + seat,
            content: content,
            provider: provider,
            model: model,
            fallback: false,
            promptVersion: promptVersion,
            finished: true
        )
    }
}
