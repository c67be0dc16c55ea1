import Domain
package import Hummingbird
package import Logging
package import NIOCore

/// What the transport knows of a request beside the request itself.
package struct RequestSource: RequestContextSource {
    package let logger: Logger
    /// The address of who asks.
    package let remoteAddress: String
    /// Whether the request came through a proxy that is not trusted: it may come from anywhere.
    package let isForwardedByStranger: Bool
    /// Whom the web server's sign-on says it is; only AUTH_MODE=proxy believes it.
    package let signedOn: SignedOn?
    /// Has the transport write the body later, when it has come; the returned response is its head.
    package let answerLater: @Sendable (any LateAnswer) -> Void

    package init(
        logger: Logger,
        remoteAddress: String,
        isForwardedByStranger: Bool = false,
        signedOn: SignedOn? = nil,
        answerLater: @escaping @Sendable (any LateAnswer) -> Void
    ) {
        self.logger = logger
        self.remoteAddress = remoteAddress
        self.isForwardedByStranger = isForwardedByStranger
        self.signedOn = signedOn
        self.answerLater = answerLater
    }
}

/// A body that comes when something has happened; until then no task waits for it.
package protocol LateAnswer: Sendable {
    /// Has `finish` called with the whole body, once.
    func start(_ finish: @escaping @Sendable (ByteBuffer) -> Void)

    /// The answer is no longer wanted: what it holds is given back at once.
    ///
    /// May come before, while or after ``start(_:)`` is called.
    func cancel()
}

/// What a handler knows of its request.
package struct SiteContext: RequestContext {
    package typealias Source = RequestSource

    package var coreContext: CoreRequestContextStorage
    package let remoteAddress: String
    package let isForwardedByStranger: Bool
    let signedOn: SignedOn?
    let answerLater: @Sendable (any LateAnswer) -> Void
    /// Who asks, or why nobody may; ``Asking`` puts it here.
    var asker: Result<Asker, Problem> = .failure(.unauthenticated)
    /// What forms in the answer carry; empty where nobody is signed in.
    var formToken = ""

    /// The person who asks.
    ///
    /// - Throws: ``Problem`` where nobody is signed in: a handler that needs a person needs no check of its own.
    var person: Person {
        get throws { try asker.get().person }
    }

    package init(source: RequestSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.remoteAddress
        isForwardedByStranger = source.isForwardedByStranger
        signedOn = source.signedOn
        answerLater = source.answerLater
    }
}
