import AsyncHTTPClient
import NIOCore

/// A Parley site as a client sees it: where it is, and who asks.
///
///     let site = ParleySite(address: try SiteAddress("http://127.0.0.1:8080"))
///     let ack = try await site.send(.start(topic: "Should a small library lend tools?"))
///     for try await item in site.feed(of: ack.discussionId) { … }
///     try await site.shutdown()
///
/// Whoever makes it calls ``shutdown()`` when it is not needed any more.
public final class ParleySite: Sendable {
    public let address: SiteAddress
    let token: SiteToken?
    let limits: ClientLimits
    let timing: Timing
    /// Its silence is measured from the end of a request's body, as the contract wants it of commands.
    let commands: HTTPClient
    /// The same for commands that bring files.
    let uploads: HTTPClient
    let polls: HTTPClient

    /// - Parameter token: nil where nobody has to sign in.
    public convenience init(
        address: SiteAddress,
        token: SiteToken? = nil,
        limits: ClientLimits = ClientLimits()
    ) {
        self.init(address: address, token: token, limits: limits, timing: Timing())
    }

    package init(address: SiteAddress, token: SiteToken? = nil, limits: ClientLimits, timing: Timing) {
        self.address = address
        self.token = token
        self.limits = limits
        self.timing = timing
        commands = Self.client(silence: limits.ackTimeout, limits)
        uploads = Self.client(silence: limits.fileAckTimeout, limits)
        polls = Self.client(silence: limits.pollTimeout, limits)
    }

    private static func client(silence: Duration, _ limits: ClientLimits) -> HTTPClient {
        var settings = HTTPClient.Configuration(
            // A redirect would carry the token to an address that nobody named.
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(limits.connectTimeout), read: TimeAmount(silence))
        )
        settings.httpVersion = .http1Only
        // Retries are counted and told here.
        settings.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: settings)
    }

    /// Ends what is still running and closes all connections.
    public func shutdown() async throws {
        try await commands.shutdown()
        try await uploads.shutdown()
        try await polls.shutdown()
    }
}
