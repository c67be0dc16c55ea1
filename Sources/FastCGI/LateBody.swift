package import NIOCore
internal import Synchronization

/// A body that comes when something has happened; until then no task waits for it.
///
/// A parked task costs its frames and whatever they hold, which for thousands of long-polls is most of the
/// memory and, when all are woken at once, most of the time.
package struct LateBody: Sendable {
    /// Takes the whole body, once.
    package typealias Finish = @Sendable (ByteBuffer) -> Void

    let start: @Sendable (@escaping Finish) -> Void
    let cancel: @Sendable () -> Void

    /// - Parameters:
    ///   - start: called once, unless `cancel` is called before; the function that it gets takes the body.
    ///   - cancel: the answer is no longer wanted; nothing that `start` was given is called any more, or it
    ///     is without effect.
    package init(
        start: @escaping @Sendable (@escaping Finish) -> Void,
        cancel: @escaping @Sendable () -> Void
    ) {
        self.start = start
        self.cancel = cancel
    }

    /// Where a responder leaves its late body for the exchange.
    final class Slot: Sendable {
        private let body = Mutex<LateBody?>(nil)

        func set(_ body: LateBody) { self.body.withLock { $0 = body } }

        func take() -> LateBody? { body.withLock { $0.take() } }
    }
}
