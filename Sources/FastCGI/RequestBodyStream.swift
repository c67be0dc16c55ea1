internal import NIOCore

/// A request's body as Hummingbird takes it: pieces come when they are asked for, which is the backpressure.
///
/// The body can be read once; a second iteration continues where the first stopped.
struct RequestBodyStream: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        let intake: BodyIntake

        mutating func next() async throws -> ByteBuffer? {
            try await intake.next()
        }
    }

    let intake: BodyIntake

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(intake: intake)
    }
}
