import Client
import Testing

@Suite("Where a discussion stands")
struct DiscussionStandingTests {
    private func applied(_ standing: DiscussionStanding, _ events: String...) throws -> DiscussionStanding {
        let body = "{\"cursor\":99,\"events\":[\(events.joined(separator: ","))]}"
        let answer = try #require(EventsAnswer(Array(body.utf8)))
        var standing = standing
        for event in answer.events { standing.apply(event) }
        return standing
    }

    private let failed = event(5, "error", #"{"code":"LLM_TIMEOUT","message":"Late.","status":"waiting"}"#)
    private let queued = event(6, "queued", #"{"place":0,"status":"running","activity":"round"}"#)

    @Test("is at rest when it waits or is resolved, and knows a failure until the next step")
    func rest() throws {
        #expect(!DiscussionStanding().isAtRest)
        let failure = try applied(DiscussionStanding(), failed)
        #expect(failure.isAtRest && failure.failure?.code == "LLM_TIMEOUT")
        let again = try applied(DiscussionStanding(), failed, queued)
        #expect(!again.isAtRest && again.failure == nil)
    }

    @Test("is not moved by what happened before it was known")
    func past() throws {
        let standing = try applied(DiscussionStanding(after: 6, status: "waiting"), failed, queued)
        #expect(standing.isAtRest && standing.failure == nil)
    }
}
