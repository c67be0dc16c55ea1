/// The pause before a request is tried again: exponential, with full jitter.
///
/// Any pause between nothing and the bound is as likely, so that those who failed together do not come back
/// together (Brooker, "Exponential Backoff And Jitter", 2015).
enum Backoff {
    /// A hiccup of a vendor's balancer is over by then.
    static let first = Duration.milliseconds(500)
    static let longest = Duration.seconds(8)

    /// - Parameter tries: how many have failed, from 1.
    static func pause(after tries: Int, chance: Double) -> Duration {
        min(longest, first * (1 << min(tries - 1, 10))) * chance
    }
}
