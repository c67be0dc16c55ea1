import Domain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Store

extension Site {
    /// `GET /discussions/{id}/events?after=N`: everything in one discussion after N; asking with the answered
    /// cursor acknowledges it.
    ///
    /// With nothing new the answer is held until there is, at most `wait` seconds (25 and some unless less is
    /// asked for), then it is empty. `client=` names the tab that asks: its newer poll completes the older.
    @Sendable func discussionEvents(_ request: Request, _ context: SiteContext) async throws -> Response {
        let asked = try EventsRequest(request)
        // Its cursor is over all discussions: moved here, it would leave the others' events out.
        guard asked.consumer == nil else {
            throw Problem.invalid("consumer", "A consumer reads all discussions: please ask /events.")
        }
        let id = try discussionID(context)
        return try await poll(.discussion(id), after: asked.after ?? 0, asked, context)
    }

    /// `GET /events?after=N`: the same over all of the person's discussions.
    ///
    /// With `consumer=` and no `after` it goes on after what this consumer last acknowledged.
    @Sendable func personEvents(_ request: Request, _ context: SiteContext) async throws -> Response {
        let asked = try EventsRequest(request)
        let person = try context.person
        guard let consumer = asked.consumer else {
            return try await poll(.person(person.id), after: asked.after ?? 0, asked, context)
        }
        // Asking moves it on: not for whoever can have a browser ask with its cookie.
        guard try context.asker.get().session == nil else { throw Problem.consumerWithoutToken }
        let kept = try await store.consumerCursor(consumer, of: person.id)
        return try await poll(.person(person.id), after: asked.after ?? kept, asked, context)
    }

    private func poll(
        _ stream: EventStream,
        after: Int,
        _ asked: EventsRequest,
        _ context: SiteContext
    ) async throws -> Response {
        let person = try context.person
        let question = EventsQuestion(person: person.id, stream: stream, after: after)
        let client = asked.client.map { Polls.Client(person: person.id, stream: stream, name: $0) }
        guard asked.holds(polls.limits) > 0 else {
            // Not held, so it takes no place.
            if let client { polls.completeOlder(of: client) }
            let reading = try await readings.reading(of: question, since: store.bell.rings)
            try check(reading, question, asked)
            return .events(reading.events ?? EventsAnswer.empty(cursor: reading.newest))
        }
        let poll = HeldPoll(
            question,
            store: store,
            readings: readings,
            hold: .seconds(asked.holds(polls.limits)),
            delivered: { [meters] in meters?.delivered(after: $0) }
        )
        guard let place = polls.enter(poll, of: person.id, client: client) else {
            context.answerLater(TurnedAway(after: after, bell: store.bell))
            var response = Response.events(ByteBuffer())
            response.headers[.retryAfter] = TurnedAway.retryAfter
            return response
        }
        // Armed, read, and only then waited: nothing that is committed in between is missed.
        let waiter = store.bell.arm(question.topic)
        poll.keep(place, waiter)
        do {
            let reading = try await readings.reading(of: question, since: waiter.rings)
            try check(reading, question, asked)
            if let events = reading.events {
                poll.cancel()
                return .events(events)
            }
            poll.saw(newest: reading.newest)
        } catch {
            poll.cancel()
            throw error
        }
        context.answerLater(poll)
        return .events(ByteBuffer())
    }

    /// Refuses what cannot be answered without a gap; notes what a consumer has acknowledged by asking.
    private func check(_ reading: EventsReading, _ question: EventsQuestion, _ asked: EventsRequest) throws {
        guard reading.isFound else { throw Problem.discussionNotFound }
        guard question.after <= reading.newest, !reading.isLost else { throw Problem.cursorAhead }
        // 0 asks for all that is kept, and so misses nothing.
        guard question.after == 0 || question.after >= reading.removed else { throw Problem.cursorExpired }
        // Who only looks at the head has worked nothing through.
        if let consumer = asked.consumer, let acknowledged = asked.after, !asked.isHead {
            store.consumers.acknowledge(acknowledged, by: consumer, of: question.person)
        }
    }
}

extension Problem {
    fileprivate static let consumerWithoutToken = Problem(
        status: .forbidden,
        code: .forbidden,
        message:
            "A consumer is a script's: please ask with a token (`parley token add`), not with a browser's cookie."
    )
}

/// The query of a poll.
struct EventsRequest {
    let after: Int?
    let wait: Int?
    let client: String?
    let consumer: String?
    let isHead: Bool
    private let jitter = Double.random(in: 0..<1)

    /// - Throws: ``Problem`` that names the field.
    init(_ request: Request) throws {
        after = try request.number("after")
        wait = try request.number("wait")
        client = try request.name("client")
        consumer = try request.name("consumer")
        isHead = request.method == .head
    }

    /// For how many seconds the poll may be held.
    func holds(_ limits: Polls.Limits) -> Double {
        guard !isHead else { return 0 }
        guard let wait, Double(wait) <= limits.longestHold else {
            return limits.longestHold + jitter * limits.jitter
        }
        return Double(wait)
    }
}

/// A poll past a limit: held for a moment, so that a client in a loop does no harm, then sent away.
final class TurnedAway: LateAnswer {
    /// In seconds.
    static let retryAfter = "5"
    static let hold = Duration.seconds(1)

    private let after: Int
    private let waiter: Waiter

    init(after: Int, bell: EventBell) {
        self.after = after
        waiter = bell.arm(nil)
    }

    func start(_ finish: @escaping @Sendable (ByteBuffer) -> Void) {
        let answer = EventsAnswer.empty(cursor: after)
        waiter.whenOver(atMost: Self.hold) { _ in finish(answer) }
    }

    func cancel() { waiter.disarm() }
}

extension Response {
    fileprivate static func events(_ json: ByteBuffer) -> Response {
        Response(
            status: .ok,
            headers: headers(type: "application/json"),
            body: ResponseBody(byteBuffer: json)
        )
    }
}

extension Request {
    /// A whole number of the query; nil if it is not there.
    fileprivate func number(_ name: String) throws -> Int? {
        guard let text = uri.queryParameters.get(name) else { return nil }
        // `Int` would also take a sign.
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(text)
        else { throw Problem.invalid(name, "The \(name) must be a whole number, 0 or more.") }
        return number
    }

    /// A short name of the query; nil if it is not there.
    fileprivate func name(_ field: String) throws -> String? {
        guard let text = uri.queryParameters.get(field) else { return nil }
        guard Consumer.isValid(name: text) else {
            throw Problem.invalid(
                field,
                "The \(field) must be 1 to \(Consumer.longestName) letters, digits, dots, underscores or hyphens."
            )
        }
        return text
    }
}
