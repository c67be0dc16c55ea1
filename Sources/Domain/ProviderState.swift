package import Foundation

/// What is known of a provider: for the health report, the status page and the metrics.
package struct ProviderState: Sendable, Equatable {
    /// How it is doing, by its last answers to us.
    package enum Condition: Sendable, Equatable {
        /// Nothing was heard of it yet.
        case unknown
        case up
        /// Its last answer was a failure.
        case failing
        /// Left alone for so long, after several failures in a row.
        case resting(Duration)
    }

    /// A failure in a person's words.
    package struct Failure: Sendable, Equatable {
        package let sentence: String
        package let at: Date

        package init(sentence: String, at: Date) {
            self.sentence = sentence
            self.at = at
        }
    }

    package let id: ProviderID
    package let model: String
    package let condition: Condition
    package let lastFailure: Failure?
    /// When it last answered a discussion, or a probe.
    package let lastAnswer: Date?
    /// Since the start: requests that were sent for discussions.
    package let requests: Int
    /// Of them, those that failed.
    package let failures: Int
    /// Of them, those that tried again at the same provider.
    package let retries: Int
    /// Answers that wait for room.
    package let waiting: Int
    /// Requests a minute at most, where its 429s have taught us one.
    package let pace: Double?

    package init(
        id: ProviderID,
        model: String,
        condition: Condition,
        lastFailure: Failure?,
        lastAnswer: Date?,
        requests: Int,
        failures: Int,
        retries: Int,
        waiting: Int,
        pace: Double?
    ) {
        self.id = id
        self.model = model
        self.condition = condition
        self.lastFailure = lastFailure
        self.lastAnswer = lastAnswer
        self.requests = requests
        self.failures = failures
        self.retries = retries
        self.waiting = waiting
        self.pace = pace
    }
}
