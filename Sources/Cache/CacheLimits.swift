/// How long memcached is waited for, how much is given to it, and for how long.
package struct CacheLimits: Sendable {
    /// Until a connection stands: a server in the same house answers in less than one.
    package var connectMilliseconds = 100
    /// For an answer: a warm page takes about as long to be read from the database, so waiting longer never pays.
    package var answerMilliseconds = 50
    /// For so long a server that has failed is not asked; then it is tried out beside the requests, not by one.
    package var rest = Duration.seconds(5)
    /// A value that was not asked for in a day is made anew.
    ///
    /// A discussion is erased 30 days after it was deleted at the earliest, and nothing of a deleted one is put
    /// here: whatever was lost on the way, by then nothing of it is left.
    package var lifeSeconds = 24 * 3600
    /// What a server with its usual item size of 1 MiB takes, beside a key of ours and its own 100 bytes.
    package var valueBytes = 1_048_476 - CacheKey.length
    /// So many requests wait for one server; more do without it.
    package var waiting = 256

    package init() {}
}
