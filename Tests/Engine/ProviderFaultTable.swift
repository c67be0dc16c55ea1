import Domain
import Doubles
import Engine
import Foundation
import Logging
import Providers
import Store
import TestSupport
import Testing

/// A fault × where it comes × what must happen, over real HTTP.
///
/// Mistral is at fault, Groq is well; the seat is the Analyzer's, which Mistral speaks for.
@Suite("The table goes on", .timeLimit(.minutes(5)))
struct ProviderFaultTable {
    enum Position: String, CaseIterable, Sendable {
        case beforeTheFirstToken = "before the first token"
        case afterIt = "after it"
        case atTheEnd = "at the end"

        /// What came well before the fault.
        var spoken: [ScriptedProvider.Step] {
            switch self {
            case .beforeTheFirstToken: []
            case .afterIt: [.role, .chunk("Half ")]
            case .atTheEnd: [.role, .chunk("All of it."), .finish()]
            }
        }
    }

    enum Outcome: Sendable {
        /// Nothing is lost: the answer counts.
        case complete(truncated: Bool)
        /// Mistral is asked again, three times in all.
        case again
        /// The next provider is asked at once.
        case next
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let position: Position
        let steps: [ScriptedProvider.Step]
        let outcome: Outcome
        /// What is said of it when it is the answer.
        let content: String
        /// For all tries; only a fault that is to use it up has little.
        var timeout: Duration = .seconds(60)
        /// Opened when the table has heard all that comes before the fault.
        var heard: Gate?

        var testDescription: String { "\(name), \(position.rawValue)" }
    }

    static func faults(_ position: Position) -> [Case] {
        let isFirst = position == .beforeTheFirstToken
        let isLast = position == .atTheEnd
        func row(
            _ name: String,
            _ fault: [ScriptedProvider.Step],
            _ outcome: Outcome,
            atTheEnd: Outcome? = nil,
            content: String = "All of it.",
            timeout: Duration = .seconds(60)
        ) -> Case {
            Case(
                name: name,
                position: position,
                steps: position.spoken + fault,
                outcome: isLast ? atTheEnd ?? outcome : outcome,
                content: content,
                timeout: timeout
            )
        }
        var rows = [
            isLast ? closedAtTheEnd : row("closed", [.close], .again),
            row("silent", [.hang], .again, atTheEnd: .complete(truncated: false)),
            row("no JSON", [.event("{oops")], .again),
            row(
                "an error object",
                [.event(#"{"error":{"code":502,"message":"upstream"}}"#)],
                .again
            ),
            row(
                "an endless line",
                [.text("data: \(String(repeating: "x", count: 1 << 19))"), .hang],
                .again
            ),
            row("no [DONE]", [], .again, atTheEnd: .complete(truncated: false)),
            row(
                "comments only",
                Array(repeating: [.comment("processing"), .pause(.milliseconds(100))], count: 120)
                    .flatMap { $0 },
                // The whole time is gone with it.
                .next,
                atTheEnd: .complete(truncated: false),
                timeout: .seconds(10)
            ),
        ]
        if position == .afterIt {
            rows.append(
                row(
                    "cut by its length",
                    [.finish("length"), .done],
                    .complete(truncated: true),
                    content: "Half "
                )
            )
            rows.append(
                row(
                    "a character split between two pieces",
                    [
                        .raw(Array(#"data: {"choices":[{"delta":{"content":"h"#.utf8) + [0xC3]),
                        .pause(.milliseconds(20)),
                        .raw([0xA9] + Array("re.\"}}]}\r\r".utf8)), .finish(), .done,
                    ],
                    .complete(truncated: false),
                    content: "Half hére."
                )
            )
        }
        if isFirst {
            rows += [
                row("reset", [.reset], .again),
                row("400", .refusal(status: 400, code: "bad_thing"), .next),
                row("401", .refusal(status: 401), .next), row("403", .refusal(status: 403), .next),
                row("404 for the model", .refusal(status: 404, code: "model_not_found"), .next),
                row("408", .refusal(status: 408), .again), row("409", .refusal(status: 409), .again),
                row("429", .refusal(status: 429), .again), row("500", .refusal(status: 500), .again),
                row("503", .refusal(status: 503), .again),
                row(
                    "429 with a pause beyond the time",
                    .refusal(status: 429, headers: ["Retry-After": "3600"]),
                    .next
                ),
                row(
                    "HTML",
                    [.reply(status: 200, headers: ["Content-Type": "text/html"], body: "<p>")],
                    .next
                ),
                row("no words", [.role, .finish(), .done], .again),
            ]
        }
        return rows
    }

    /// A connection that breaks takes along what the client has not read yet (AsyncHTTPClient drops what it
    /// holds back for a slow reader), so the reason comes with the words, and the close after they are heard.
    private static var closedAtTheEnd: Case {
        let heard = Gate()
        let last = #"{"choices":[{"index":0,"delta":{"content":"All of it."},"finish_reason":"stop"}]}"#
        return Case(
            name: "closed",
            position: .atTheEnd,
            steps: [.role, .event(last), .wait(heard), .close],
            outcome: .complete(truncated: false),
            content: "All of it.",
            heard: heard
        )
    }

    static let table = Position.allCases.flatMap { faults($0) }

    @Test("after every fault of a provider", arguments: table)
    func fault(_ example: Case) async throws {
        let faulty = try ScriptedProvider {
            $0.isJSONWanted ? .answer(ScriptedVoice.openVerdict) : example.steps
        }
        let well = try ScriptedProvider { request in
            .answer(request.isJSONWanted ? ScriptedVoice.openVerdict : "Groq speaks.")
        }
        try await withProviders(faulty, well, timeout: example.timeout) { table in
            let id = try await table.start()
            if let heard = example.heard {
                _ = try await table.speaking(id, example.content)
                heard.open()
            }
            let transcript = try await table.waiting(id)
            #expect(transcript.rounds.count == 1)
            #expect(transcript.rounds[0].complete)
            let message = transcript.rounds[0].messages[0]
            let asked = faulty.chats.count { !$0.isJSONWanted }
            let told = try await table.events(id).filter { $0.concerns(message.id) }.map(\.body.type)
            let restarts = told.count { $0 == "message-restart" }
            #expect(told.first == "message-start")
            #expect(told.last == "message-complete")
            switch example.outcome {
            case .complete(let truncated):
                #expect(message.provider == .mistral)
                #expect(message.content == example.content)
                #expect(message.truncated == truncated)
                #expect(asked == 1)
                #expect(restarts == 0)
            case .again, .next:
                #expect(message.provider == .groq)
                #expect(message.fallback)
                #expect(message.content == "Groq speaks.")
                if case .again = example.outcome { #expect(asked == 3) } else { #expect(asked == 1) }
                // Only words that were seen are taken back, and a connection that breaks may swallow its last;
                // one restart tells who speaks instead.
                let most = example.position == .beforeTheFirstToken ? 1 : asked
                #expect((1...most).contains(restarts))
            }
        }
    }

    @Test("with the same provider when its second try succeeds", arguments: Position.allCases)
    func secondTry(position: Position) async throws {
        let faulty = try ScriptedProvider(
            scripts: position.spoken + [.event(#"{"error":{"code":502}}"#)],
            .answer("Mistral speaks.")
        )
        let well = try ScriptedProvider(scripts: .answer("Groq speaks."))
        try await withProviders(faulty, well) { table in
            let id = try await table.start()
            let message = try await table.waiting(id).rounds[0].messages[0]
            #expect(message.provider == .mistral)
            #expect(!message.fallback)
            #expect(message.content == "Mistral speaks.")
            let told = try await table.events(id).filter { $0.concerns(message.id) }.map(\.body.type)
            let restarts = told.count { $0 == "message-restart" }
            #expect(restarts == (position == .beforeTheFirstToken ? 0 : 1))
        }
    }

    @Test("when nobody answers at all, as soon as the time of each is over")
    func silence() async throws {
        let (mistral, groq) = (try ScriptedProvider(scripts: [.hang]), try ScriptedProvider(scripts: [.hang]))
        try await withProviders(mistral, groq, timeout: .milliseconds(500)) { table in
            let id = try await table.start()
            let stuck = try await table.waiting(id)
            #expect(stuck.rounds.map(\.complete) == [false])
            let failure = try await failure(of: id, at: table)
            #expect(failure.code == .providerTimeout)
            #expect(failure.message.contains("LLM_TIMEOUT_MISTRAL"))
            #expect(failure.message.contains("LLM_TIMEOUT_GROQ"))
        }
    }

    @Test("when all refuse, waiting with a clear message, and when asked again at the same seat")
    func allDown() async throws {
        let repaired = Gate()
        let rule: ScriptedProvider.Rule = { _ in
            repaired.isOpen ? .answer("I am back.") : .refusal(status: 503)
        }
        let (mistral, groq) = (try ScriptedProvider(rule: rule), try ScriptedProvider(rule: rule))
        try await withProviders(mistral, groq) { table in
            let id = try await table.start()
            let stuck = try await table.waiting(id)
            #expect(stuck.rounds.map(\.complete) == [false])
            let failure = try await failure(of: id, at: table)
            #expect(failure.code == .providerError)
            #expect(failure.message.contains("Mistral has trouble of its own"))
            #expect(failure.message.contains("Groq has trouble of its own"))
            repaired.open()
            try await table.proceed(id, "again")
            let after = try await table.waiting(id)
            #expect(after.rounds.count == 1)
            #expect(after.rounds[0].messages.map(\.seat) == [1, 2, 3])
            #expect(after.rounds[0].messages[0].id == stuck.rounds[0].messages[0].id)
            #expect(after.rounds[0].messages.allSatisfy { $0.content == "I am back." })
        }
    }

    /// The error that a discussion's last step ended with.
    private func failure(of id: DiscussionID, at table: Table) async throws -> EventBody.Failure {
        let last = try await table.events(id).last?.body
        guard case .error(let failure)? = last else {
            Issue.record("no error")
            throw Unexpected()
        }
        return failure
    }

    /// Mistral and Groq over HTTP, with a stall limit and a timeout that a test can wait for, and that a busy
    /// machine does not reach by itself.
    private func withProviders(
        _ mistral: ScriptedProvider,
        _ groq: ScriptedProvider,
        timeout: Duration = .seconds(60),
        _ body: (Table) async throws -> Void
    ) async throws {
        let client = ProviderClient(stall: .seconds(4))
        let providers = [(ProviderID.mistral, mistral), (.groq, groq)].map { id, server in
            GuardedProvider(
                client.provider(
                    ProviderEndpoint(
                        id: id,
                        baseURL: server.baseURL,
                        apiKey: nil,
                        model: "\(id.rawValue)-model"
                    )
                ),
                timeout: timeout,
                concurrency: 8,
                timing: Timing(chance: { 0 })
            )
        }
        try await withStore { store in
            let table = try await Table(store: store, providers: providers)
            do {
                try await body(table)
            } catch {
                await table.engine.close(grace: .zero)
                throw error
            }
            await table.engine.close(grace: .zero)
        }
        try await client.shutdown()
        mistral.stop()
        groq.stop()
    }
}

extension ScriptedProvider.RecordedRequest {
    /// A verdict is asked for, not a message.
    fileprivate var isJSONWanted: Bool { body.contains("response_format") }
}
