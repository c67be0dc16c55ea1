package import Domain

/// What a transaction of this process has changed, told once it is on the disk.
package enum Committed: Sendable {
    /// Not of what a message says while it is spoken.
    case event(EventBody)
    case usage(Usage)
}
