import Domain
import NIOCore
import Store
import Synchronization

/// Reads the log once for all polls that ask the same at the same time.
///
/// One event wakes thousands who wait for the same discussion with the same cursor: one query and one
/// rendering serve them all, and serve also those who come back with the new cursor.
final class SharedReadings: Sendable {
    typealias Completion = @Sendable (Result<EventsReading, any Error>) -> Void

    private final class Flight: Sendable {
        struct State {
            var waiting: [Completion] = []
            var outcome: Result<EventsReading, any Error>?
        }

        /// How often the bell had rung before the read began.
        let rings: Int
        let state = Mutex(State())

        init(rings: Int) {
            self.rings = rings
        }
    }

    /// Readings kept beside those under way: they are of use until the next ring, to those who ask the same.
    private static let most = 64
    /// A longer answer, in bytes, is for those who are far behind: nobody else will ask the same.
    private static let longest = 64 * 1_024

    private let bell: EventBell
    private let read: @Sendable (EventsQuestion) async throws -> EventsReading
    private let flights = Mutex<[EventsQuestion: Flight]>([:])

    convenience init(store: Store) {
        self.init(bell: store.bell) { question in
            try await store.read { reader in try question.read(reader) }
        }
    }

    init(bell: EventBell, read: @escaping @Sendable (EventsQuestion) async throws -> EventsReading) {
        self.bell = bell
        self.read = read
    }

    /// A reading of the log that holds everything that the bell's first `rings` rings told of.
    func reading(of question: EventsQuestion, since rings: Int, then completion: @escaping Completion) {
        let (flight, isNew) = flights.withLock { flights in
            // A read that began before the asker was armed may have missed what the bell rang for in between.
            if let flight = flights[question], flight.rings >= rings { return (flight, false) }
            let flight = Flight(rings: bell.rings)
            if flights.count >= Self.most {
                flights = flights.filter { $0.value.state.withLock { $0.outcome == nil } }
            }
            flights[question] = flight
            return (flight, true)
        }
        let outcome = flight.state.withLock { state in
            if state.outcome == nil { state.waiting.append(completion) }
            return state.outcome
        }
        if let outcome { return completion(outcome) }
        if isNew { begin(flight, question) }
    }

    func reading(of question: EventsQuestion, since rings: Int) async throws -> EventsReading {
        try await withCheckedThrowingContinuation { continuation in
            reading(of: question, since: rings) { continuation.resume(with: $0) }
        }
    }

    private func begin(_ flight: Flight, _ question: EventsQuestion) {
        Task {
            let outcome: Result<EventsReading, any Error>
            do {
                outcome = .success(try await read(question))
            } catch {
                outcome = .failure(error)
            }
            let isKept = (try? outcome.get()).map { ($0.events?.readableBytes ?? 0) <= Self.longest } ?? false
            if !isKept {
                flights.withLock { flights in
                    if flights[question] === flight { flights[question] = nil }
                }
            }
            let waiting = flight.state.withLock { state in
                state.outcome = outcome
                defer { state.waiting = [] }
                return state.waiting
            }
            for completion in waiting { completion(outcome) }
        }
    }
}
