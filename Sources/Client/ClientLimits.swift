/// How long the client waits, how often it tries, and how much it takes in.
public struct ClientLimits: Sendable {
    /// TCP and TLS together.
    public var connectTimeout = Duration.seconds(5)
    /// How long a command's acknowledgement may take from the end of its body: it is one transaction.
    public var ackTimeout = Duration.seconds(5)
    /// The same for a command that brings files, which are scanned and read before: the site answers after 100
    /// seconds at the latest.
    public var fileAckTimeout = Duration.seconds(120)
    /// A poll is held for 25 seconds and some jitter; silence for this long means that the site has gone.
    public var pollTimeout = Duration.seconds(45)
    /// A command is sent again so often, with the same id.
    public var commandRetries = 3
    /// How many requests in a row may fail before the site has ever answered: the address may be wrong.
    public var triesAtFirst = 4
    /// How many may fail once it has answered: about two minutes, enough for an upgrade of the site.
    public var triesOnceFollowing = 30
    /// The longest acknowledgement or error in bytes.
    public var largestAcknowledgement = 1 << 20
    /// The longest answer of a poll, and the longest discussion, in bytes: 1,000 events with long messages.
    public var largestAnswer = 64 << 20
    /// An empty answer that comes sooner than this is followed by a pause of as long, so that a proxy which
    /// does not hold polls is not asked in a busy loop.
    public var shortestPoll = Duration.seconds(1)

    /// The limits that each property describes.
    public init() {}
}
