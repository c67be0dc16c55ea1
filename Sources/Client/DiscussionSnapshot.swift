import Foundation

/// A discussion as it stands at its cursor.
public struct DiscussionSnapshot: Sendable, Hashable, Decodable {
    public struct Round: Sendable, Hashable, Decodable {
        public let number: Int
        public let complete: Bool
        public let messages: [SpokenMessage]
        public let questionSet: QuestionSet?
        public let answers: [Answer]?
        public let userInput: [String]
    }

    public let id: String
    public let topic: String
    /// `running`, `waiting` or `resolved`.
    public let status: String
    /// Events after this one are not in it yet.
    public let cursor: Int
    public let panel: [PanelSeat]
    public let rounds: [Round]
    public let summaries: [Summary]
    public let resolution: Resolution?
}

extension ParleySite {
    /// Fetches a discussion, as often as a command is sent.
    ///
    /// - Throws: ``SiteError`` or `CancellationError`.
    public func discussion(
        _ id: String,
        onRetry: @Sendable (Retry) -> Void = { _ in }
    ) async throws -> DiscussionSnapshot {
        try await repeated(atMost: limits.triesAtFirst, onRetry: onRetry) { try await fetch(id) }
    }

    /// Fetches a discussion once.
    func fetch(_ id: String) async throws -> Outcome<DiscussionSnapshot> {
        try await get(address.discussion(id)) {
            try? JSONDecoder().decode(DiscussionSnapshot.self, from: Data($0.body))
        }
    }
}
