package import Domain
import Foundation

/// A discussion in which everything that can be kept is kept: no column of it has its default.
package enum FullDiscussion {
    /// `2026-11-30T00:53:20.123Z` and so many seconds; in milliseconds, as instants are kept.
    private static func at(_ seconds: Int) -> Date {
        Date(timeIntervalSince1970: Double(1_796_000_000_123 + seconds * 1_000) / 1_000)
    }

    /// - Parameters:
    ///   - id: goes into every id within, so that several can be kept in one database.
    ///   - text: what models and the person say, where a test wants it to be something else.
    package static func record(_ id: String = "full", of owner: Person, text: String = "Look up.\n\nTwice.")
        -> DiscussionRecord
    {
        let seats = [
            Seat(seat: 1, persona: .analyzer, provider: .mistral, model: "mistral-model"),
            Seat(seat: 2, persona: .solver, provider: .groq, model: "groq-model"),
            Seat(seat: 3, persona: .moderator, provider: .openrouter, model: "open/router-model"),
        ]
        func message(_ round: Int, _ seat: Int) -> DiscussionRecord.SpokenMessage {
            let turn = (round - 1) * 3 + seat
            // The solver's provider failed in the second round, and its stand-in was cut short.
            let failed = turn == 5
            let message = Message(
                id: MessageID(rawValue: "\(id)-m\(turn)"),
                seat: seat,
                persona: seats[seat - 1].persona,
                turn: turn,
                content: "\(text) (\(turn))",
                provider: failed ? .mistral : seats[seat - 1].provider,
                model: failed ? "mistral-model" : seats[seat - 1].model,
                fallback: failed,
                truncated: failed,
                promptTokens: 70 + turn,
                completionTokens: 50 + turn,
                cost: 0.000_123 * Double(turn),
                durationMs: 1_240 + turn,
                timeToFirstTokenMs: 80 + turn,
                promptVersion: "3",
                finished: true
            )
            return .init(message: message, createdAt: at(100 * round + seat))
        }
        func questions(_ name: String) -> QuestionSet {
            QuestionSet(
                id: QuestionSetID(rawValue: "\(id)-q\(name)"),
                questions: [
                    Question(
                        id: "\(name)-1",
                        text: "Which sky?\n\(text)",
                        options: [.init(id: "a", text: "Ours"), .init(id: "b", text: text)]
                    ),
                    Question(
                        id: "\(name)-2",
                        text: "When?",
                        options: [.init(id: "a", text: "By day"), .init(id: "b", text: "At dusk")]
                    ),
                ]
            )
        }
        func resolution(_ reason: Resolution.Reason, _ words: String) -> Resolution {
            Resolution(
                reason: reason,
                round: 2,
                conclusion: "\(words) \(text)",
                agree: ["Analyzer", "Solver"],
                dissent: [.init(persona: "Moderator", view: "Not at dusk. \(text)")],
                openQuestions: ["And the sea? \(text)"],
                provider: .openrouter,
                model: "open/router-model"
            )
        }
        func asked(_ provider: ProviderID, _ model: String, _ purpose: Usage.Purpose, _ answers: Int)
            -> DiscussionRecord.Asked
        {
            .init(
                provider: provider,
                model: model,
                purpose: purpose,
                answers: answers,
                cost: Cost(usd: 0.01, promptTokens: 300, completionTokens: 200, unpriced: 1)
            )
        }
        let discussion = Discussion(
            id: DiscussionID(rawValue: id),
            owner: owner.id,
            topic: "Why is the sky blue?\n\n\(text)",
            place: .any,
            panel: Panel(seats: seats),
            status: .running,
            activity: .summary,
            roundLimit: 23,
            createdAt: at(0),
            updatedAt: at(999),
            cost: Cost(usd: 0.123_456_789, promptTokens: 4_321, completionTokens: 1_234, unpriced: 2)
        )
        return DiscussionRecord(
            owner: owner,
            discussion: discussion,
            failure: .init(code: .providerTimeout, message: "Groq was too slow. \(text)", status: .waiting),
            rounds: (1...2).map { round in
                .init(
                    number: round,
                    complete: true,
                    startedAt: at(100 * round),
                    completedAt: at(100 * round + 10),
                    messages: (1...3).map { message(round, $0) }
                )
            },
            questionSets: [
                .init(round: 1, set: questions("old"), createdAt: at(120), answeredAt: nil, answers: []),
                .init(
                    round: 1,
                    set: questions("new"),
                    createdAt: at(130),
                    answeredAt: at(140),
                    answers: [
                        Answer(question: "new-1", options: ["a", "b"], text: text),
                        Answer(question: "new-2", options: ["b"], text: ""),
                    ]
                ),
            ],
            remarks: [
                .init(round: 1, input: "Mind the sea. \(text)", at: at(150)),
                .init(round: 1, input: "And \"dusk\".", at: at(151)),
                .init(round: 2, input: text, at: at(250)),
            ],
            summaries: [
                .init(
                    summary: Summary(
                        id: SummaryID(rawValue: "\(id)-s1"),
                        throughRound: 1,
                        content: "They looked up. \(text)",
                        provider: .openrouter,
                        model: "open/router-model",
                        promptVersion: "2"
                    ),
                    createdAt: at(160)
                )
            ],
            endings: [
                .init(
                    resolution: resolution(.maxTurns, "Scattering, perhaps."),
                    createdAt: at(260),
                    reopenedAt: at(270)
                ),
                .init(resolution: resolution(.agreed, "Scattering."), createdAt: at(280), reopenedAt: nil),
            ],
            asked: [
                asked(.groq, "groq-model", .message, 1), asked(.mistral, "mistral-model", .message, 3),
                asked(.openrouter, "open/router-model", .message, 2),
                asked(.openrouter, "open/router-model", .questions, 2),
                asked(.openrouter, "open/router-model", .summary, 1),
                asked(.openrouter, "open/router-model", .verdict, 2),
            ],
            cursor: 0
        )
    }

    /// A file of the discussion; its bytes are the test's to write.
    package static func file(_ id: String = "full") -> KeptFile {
        KeptFile(
            id: "\(id)-f1",
            name: "../plan \"A\".pdf",
            type: "application/pdf",
            size: 4_096,
            sha256: String(repeating: "ab", count: 32),
            state: "clean",
            pages: 3,
            pagesRead: 2,
            characters: 1_300,
            kept: 1_200,
            reading: "part",
            text: "Lend tools.",
            createdAt: Date(timeIntervalSince1970: 1_796_000_005),
            views: [.init(provider: .groq, model: "groq-model", characters: 900, asPicture: true)]
        )
    }
}
