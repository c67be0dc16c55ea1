import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Store

extension Site {
    /// With nothing to say for this long a space is sent, or nginx would give the answer up after 60 s.
    private static let heartbeat = Duration.seconds(15)

    /// `GET /discussions/{id}/live`: the running round as one streamed page; words appear as they are said.
    ///
    /// `from=` leaves out the seats before it, for the frame in a page that already shows them.
    @Sendable func livePage(_ request: Request, _ context: SiteContext) async throws -> Response {
        let id = try discussionID(context)
        let person = try context.person.id
        let first = request.uri.queryParameters["from"].flatMap { Int($0) } ?? 1
        let transcript = try await transcript(id, of: person, .last(1))
        let opening = try templates.render(
            LiveView(layout: layout(title: "Live", context), lang: "en"),
            "live-page"
        )
        var headers = Response.headers(type: "text/html; charset=utf-8")
        headers[.accelBuffering] = "no"
        // With nothing running the page is short and takes no place.
        let isRunning = transcript.discussion.status == .running && request.method != .head
        let place = isRunning ? polls.enter(person).map(LivePlace.init) : nil
        guard !isRunning || place != nil else {
            _ = await store.bell.arm(nil).wait(atMost: TurnedAway.hold)
            headers[.retryAfter] = TurnedAway.retryAfter
            let page = LiveText(transcript, firstSeat: first)
            return Response(
                status: .ok,
                headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: opening + page.turnedAway()))
            )
        }
        let body = ResponseBody { writer in
            defer { place?.leave() }
            var page = LiveText(transcript, firstSeat: first)
            var checked = ContinuousClock.now
            try await writer.write(ByteBuffer(string: opening + page.opening()))
            while !page.isOver {
                // Armed before the read, so that nothing said in between is missed.
                let waiter = store.bell.arm(id)
                defer { waiter.disarm() }
                if ContinuousClock.now - checked > .seconds(access.liveCheck) {
                    checked = .now
                    // Signed out elsewhere: nothing more is told.
                    guard try await isStillIn(context) else { return try await writer.finish(nil) }
                }
                let cursor = page.cursor
                let events = try await store.read { reader in
                    try reader.listEvents(of: id, after: cursor, limit: 1_000)
                }
                if events.isEmpty {
                    let rang = await waiter.wait(atMost: Self.heartbeat)
                    try Task.checkCancellation()
                    if !rang { try await writer.write(ByteBuffer(string: " ")) }
                } else {
                    let text = events.map { page.apply($0) }.joined()
                    if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
                }
            }
            try await writer.write(ByteBuffer(string: page.closing()))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

/// A live page's place among those that wait; given back also when the page is never written.
private final class LivePlace: Sendable {
    private let place: Polls.Place

    init(_ place: Polls.Place) {
        self.place = place
    }

    func leave() { place.leave() }

    deinit { place.leave() }
}

private struct LiveView {
    let layout: Layout
    let lang: String
}

extension HTTPField.Name {
    static let accelBuffering = Self("X-Accel-Buffering") ?? .server
}
