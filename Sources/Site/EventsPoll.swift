import Domain
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Store

extension Site {
    /// The longest that a poll without news is held: nginx and proxies give up after 60 s without a byte.
    private static let longestHold = 25.0
    /// So many events in an answer at most; whoever is further behind asks again.
    private static let longestAnswer = 1_000

    /// `GET /discussions/{id}/events?after=N`: everything after N; asking with the answered cursor
    /// acknowledges it.
    ///
    /// With nothing new the answer is held until there is, at most `wait` seconds (25 unless less is
    /// asked for), then it is empty. Armed first, read then, and only then waited.
    @Sendable func eventsPoll(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let after = try request.number("after") ?? 0
        let hold = min(try request.number("wait").map(Double.init) ?? Self.longestHold, Self.longestHold)
        let person = person.id
        let deadline = ContinuousClock.now + .seconds(hold)
        var isFirst = true
        while true {
            let waiter = store.bell.arm(id)
            let checksAccess = isFirst
            let read: (found: Bool, newest: Int, events: [Event])
            do {
                read = try await store.read { reader in
                    // A poll that was held when its discussion was deleted still gets that event.
                    let found = try !checksAccess || reader.findDiscussion(id, of: person) != nil
                    let events = try reader.listEvents(of: id, after: after, limit: Self.longestAnswer)
                    return (found, try reader.newestEvent(), events)
                }
            } catch {
                waiter.disarm()
                throw error
            }
            isFirst = false
            let left = deadline - ContinuousClock.now
            if !read.found || after > read.newest || !read.events.isEmpty || left <= .zero {
                waiter.disarm()
                guard read.found else { throw Problem.discussionNotFound }
                guard after <= read.newest else { throw Problem.cursorAhead }
                let isFull = read.events.count == Self.longestAnswer
                return try eventsAnswer(
                    read.events,
                    cursor: isFull ? read.events.last?.id ?? read.newest : read.newest
                )
            }
            _ = await waiter.wait(atMost: left)
            try Task.checkCancellation()
        }
    }

    private func eventsAnswer(_ events: [Event], cursor: Int) throws -> Response {
        var json = Data("{\"cursor\":\(cursor),\"events\":[".utf8)
        for (index, event) in events.enumerated() {
            if index > 0 { json += Data(",".utf8) }
            json += Data(
                """
                {"id":\(event.id),"type":"\(event.body.type)","discussionId":"\(event.discussion)",\
                "at":"\(event.at.iso8601)","data":
                """.utf8
            )
            json += try event.body.json()
            json += Data("}".utf8)
        }
        json += Data("]}\n".utf8)
        return Response(
            status: .ok,
            headers: Response.headers(type: "application/json"),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json))
        )
    }
}

extension Request {
    /// A whole number of the query; nil if it is not there.
    func number(_ name: String) throws -> Int? {
        guard let text = uri.queryParameters.get(name) else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw Problem.invalid(name, "The \(name) must be a whole number, 0 or more.")
        }
        return number
    }
}
