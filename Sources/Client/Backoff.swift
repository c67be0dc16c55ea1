/// The pause before a request is tried again: exponential, with full jitter.
///
/// Any pause between nothing and the bound is as likely, so that the clients of a site that was restarted do
/// not all come back at the same instant.
enum Backoff {
    /// A local run starts its responder again within a second.
    static let first = Duration.milliseconds(500)
    /// Longer, and a person would wonder whether it still tries.
    static let longest = Duration.seconds(8)

    /// - Parameter tries: how many have failed, from 1.
    static func pause(after tries: Int, chance: Double) -> Duration {
        min(longest, first * (1 << min(tries - 1, 10))) * chance
    }
}
