import Domain
import Foundation
import Store

/// Discussions with fixed ids and times.
enum Samples {
    /// 30 November 2026, 00:53:20 UTC.
    static let instant = Date(timeIntervalSince1970: 1_796_000_000)
    static let models: [ProviderID: String] = [
        .mistral: "mistral-model", .groq: "groq-model", .openrouter: "open/router-model",
    ]

    static func discussion(
        _ id: String = "d1",
        of owner: PersonID,
        topic: String = "Why is the sky blue?",
        status: DiscussionStatus = .waiting,
        place: Place = .any,
        at time: Date = instant,
        models: [ProviderID: String] = models
    ) -> Discussion {
        Discussion(
            id: DiscussionID(rawValue: id),
            owner: owner,
            topic: topic,
            place: place,
            panel: Panel(models: models) ?? Panel(seats: []),
            status: status,
            activity: status == .running ? .round : nil,
            roundLimit: 20,
            createdAt: time,
            updatedAt: time
        )
    }

    /// A finished message of the seat, or what it has said so far.
    static func message(
        seat: Int,
        round: Int = 1,
        _ content: String,
        finished: Bool = true,
        fallback: Bool = false,
        truncated: Bool = false,
        model: String? = nil
    ) -> Message {
        let persona = Persona.panel[seat - 1]
        let provider = fallback ? ProviderID.mistral : persona.preferredProvider
        return Message(
            id: MessageID(rawValue: "m\((round - 1) * 3 + seat)"),
            seat: seat,
            persona: persona,
            turn: (round - 1) * 3 + seat,
            content: content,
            provider: provider,
            model: model ?? models[provider] ?? "",
            fallback: fallback,
            truncated: truncated,
            promptTokens: finished ? 70 : nil,
            completionTokens: finished ? 50 : nil,
            durationMs: finished ? 1_240 : nil,
            timeToFirstTokenMs: finished ? 80 : nil,
            promptVersion: "1",
            finished: finished
        )
    }

    static func transcript(
        status: DiscussionStatus,
        messages: [Message] = [],
        complete: Bool = false,
        cursor: Int = 10
    ) -> Transcript {
        Transcript(
            discussion: discussion(of: PersonID(rawValue: "p"), status: status),
            rounds: [Round(number: 1, complete: complete, messages: messages)],
            cursor: cursor
        )
    }

    static func event(_ body: EventBody, id: Int = 11) -> Event {
        Event(id: id, discussion: DiscussionID(rawValue: "d1"), at: instant, body: body)
    }

    /// A waiting discussion with this text for its topic and its models.
    static func hostile(_ text: String, id: DiscussionID, owner: PersonID, at time: Date) -> Discussion {
        let seats = Persona.panel.enumerated().map { index, persona in
            Seat(seat: index + 1, persona: persona, provider: .local, model: text)
        }
        return Discussion(
            id: id,
            owner: owner,
            topic: text,
            place: .any,
            panel: Panel(seats: seats),
            status: .waiting,
            activity: nil,
            roundLimit: 20,
            createdAt: time,
            updatedAt: time
        )
    }
}

extension TestSite {
    /// A discussion of the site's person with its rounds, as they stand in the store.
    func insert(_ discussion: Discussion, rounds: [Round] = [], failure: String? = nil) async throws {
        try await store.write { writer in
            try writer.insert(discussion)
            for round in rounds {
                try writer.insertRound(round.number, of: discussion.id)
                for message in round.messages {
                    try writer.insert(message, round: round.number, of: discussion.id)
                    try writer.update(message)
                }
                if round.complete { try writer.completeRound(round.number, of: discussion.id) }
            }
            if let failure {
                try writer.append(
                    .error(.init(code: .providerError, message: failure, status: .waiting)),
                    of: discussion.id
                )
            }
        }
    }

    /// The same with a first round, left incomplete, in which the first seat says `text`, and failed with it.
    func insert(_ discussion: Discussion, says text: String) async throws {
        let message = Message(
            id: MessageID(rawValue: "m-\(discussion.id)"),
            seat: 1,
            persona: .analyzer,
            turn: 1,
            content: text,
            provider: .local,
            model: text,
            fallback: false,
            promptVersion: "1",
            finished: true
        )
        try await insert(
            discussion,
            rounds: [Round(number: 1, complete: false, messages: [message])],
            failure: text
        )
    }
}
