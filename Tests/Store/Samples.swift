import Domain
import Foundation
import Store

/// A discussion of `owner` with the default panel on one local model.
func sample(
    _ id: String = "d1",
    of owner: PersonID,
    at instant: Date = Date(timeIntervalSince1970: 1_796_000_000),
    status: DiscussionStatus = .running
) -> Discussion {
    let seats = Persona.panel.enumerated().map { index, persona in
        Seat(seat: index + 1, persona: persona, provider: .local, model: "l")
    }
    return Discussion(
        id: DiscussionID(rawValue: id),
        owner: owner,
        topic: "Why \(id)?",
        place: .any,
        panel: Panel(seats: seats),
        status: status,
        activity: status == .running ? .round : nil,
        roundLimit: 20,
        createdAt: instant,
        updatedAt: instant
    )
}

/// An event whose text can be told from others.
func note(_ number: Int) -> EventBody {
    .messageChunk(.init(messageId: MessageID(rawValue: "m"), offset: number, text: "\(number)"))
}

extension Event {
    /// The number of a ``note(_:)``.
    var number: Int? {
        if case .messageChunk(let chunk) = body { chunk.offset } else { nil }
    }
}

extension Store {
    /// A person, and a discussion of theirs without events.
    func insertSample(_ id: String = "d1") async throws -> Discussion {
        let owner = try await write { writer in try writer.findOrInsertLocalPerson() }
        let discussion = sample(id, of: owner.id)
        try await write { writer in try writer.insert(discussion) }
        return discussion
    }
}

enum Samples {
    static let message = Message(
        id: MessageID(rawValue: "m1"),
        seat: 1,
        persona: .analyzer,
        turn: 1,
        content: "Ärger 👋",
        provider: .local,
        model: "l",
        fallback: false,
        promptVersion: "1",
        finished: false
    )
}
