package import Hummingbird
package import Logging

/// What the transport knows of a request beside the request itself.
package struct RequestSource: RequestContextSource {
    package let logger: Logger
    /// The peer's address as nginx saw it.
    package let remoteAddress: String

    package init(logger: Logger, remoteAddress: String) {
        self.logger = logger
        self.remoteAddress = remoteAddress
    }
}

/// What a handler knows of its request.
package struct SiteContext: RequestContext {
    package typealias Source = RequestSource

    package var coreContext: CoreRequestContextStorage
    package let remoteAddress: String

    package init(source: RequestSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.remoteAddress
    }
}
