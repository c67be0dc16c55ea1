import Domain
import NIOCore
import Store
import Synchronization
import TestSupport
import Testing

@testable import Site
@testable import Store

@Suite("A reading of the log", .timeLimit(.minutes(1)))
struct SharedReadingsTests {
    private static let question = EventsQuestion(
        person: .init(rawValue: "p"),
        stream: .discussion(.init(rawValue: "d1")),
        after: 0
    )
    private static let topics: Set<EventBell.Topic> = [.discussion(.init(rawValue: "d1"))]

    /// A log whose readings the test lets come back one by one.
    private final class Log: Sendable {
        struct Failed: Error {}

        let bell = EventBell()
        private let begun = Mutex<[CheckedContinuation<EventsReading, any Error>]>([])

        var readings: SharedReadings {
            SharedReadings(bell: bell) { [self] _ in
                try await withCheckedThrowingContinuation { continuation in
                    begun.withLock { $0.append(continuation) }
                }
            }
        }

        var count: Int { begun.withLock { $0.count } }

        func answer(_ number: Int, newest: Int) {
            begun.withLock { $0[number] }.resume(
                returning: EventsReading(
                    isFound: true,
                    newest: newest,
                    isLost: false,
                    removed: 0,
                    events: nil
                )
            )
        }

        func fail(_ number: Int) { begun.withLock { $0[number] }.resume(throwing: Failed()) }
    }

    @Test("is shared by all who ask the same at the same time, and by those who come before the next ring")
    func shared() async throws {
        let log = Log()
        let readings = log.readings
        let asked = (0..<100).map { _ in
            Task { try await readings.reading(of: Self.question, since: log.bell.rings).newest }
        }
        try await eventually { log.count == 1 }
        log.answer(0, newest: 7)
        for one in asked { #expect(try await one.value == 7) }
        #expect(try await readings.reading(of: Self.question, since: log.bell.rings).newest == 7)
        #expect(log.count == 1)
    }

    @Test("that began before the bell rang is not for those who were armed after it")
    func late() async throws {
        let log = Log()
        let readings = log.readings
        let early = Task { try await readings.reading(of: Self.question, since: log.bell.rings).newest }
        try await eventually { log.count == 1 }
        log.bell.ring(Self.topics)
        let waiter = log.bell.arm(.init(rawValue: "d1"))
        let late = Task { try await readings.reading(of: Self.question, since: waiter.rings).newest }
        try await eventually { log.count == 2 }
        log.answer(1, newest: 8)
        #expect(try await late.value == 8)
        log.answer(0, newest: 7)
        #expect(try await early.value == 7)
        // The later one stands, whichever came back first.
        #expect(try await readings.reading(of: Self.question, since: waiter.rings).newest == 8)
        waiter.disarm()
    }

    @Test("that fails is told to all who asked, and kept for nobody")
    func failing() async throws {
        let log = Log()
        let readings = log.readings
        let asked = (0..<3).map { _ in Task { try await readings.reading(of: Self.question, since: 0).newest }
        }
        try await eventually { log.count == 1 }
        log.fail(0)
        for one in asked { await #expect(throws: Log.Failed.self) { try await one.value } }
        let again = Task { try await readings.reading(of: Self.question, since: 0).newest }
        try await eventually { log.count == 2 }
        log.answer(1, newest: 3)
        #expect(try await again.value == 3)
    }
}
